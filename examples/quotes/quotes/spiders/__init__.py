"""The spiders of the project: `quotes` and `authors`."""
