/** Rows as lines with columns that stand below each other. What could move the cursor of a terminal is escaped. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(printable));
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  );
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `2026-11-22 07:49`: local time; `never` without one. */
export function minute(at: number | null): string {
  return at === null ? 'never' : new Date(at - offsetMs(at)).toISOString().slice(0, 16).replace('T', ' ');
}

function offsetMs(at: number): number {
  return new Date(at).getTimezoneOffset() * 60_000;
}

function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
