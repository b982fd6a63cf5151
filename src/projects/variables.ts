/** An environment variable that people set for the runs of a project. */
export interface Variable {
  name: string;
  value: string;
  /** The one spider whose runs get it; null: those of all. */
  spider: string | null;
  /** Its value is never shown. A name is secret wherever its project has it, or nowhere. */
  secret: boolean;
}

/**
 * The variables that the runs of a spider get, by name: its own go over those of its project.
 * @param variables all of a project
 * @param spider null: what all spiders get
 */
export function valuesFor(variables: readonly Variable[], spider: string | null): Record<string, string> {
  const common = variables.filter((variable) => variable.spider === null);
  const own = variables.filter((variable) => variable.spider !== null && variable.spider === spider);
  return Object.fromEntries([...common, ...own].map(({ name, value }) => [name, value]));
}

/** What stands for the value of a secret. */
export const MASK = '********';

/** A shorter line of a secret, such as a brace, is none by itself. */
const FEWEST_CHARACTERS_OF_LINE = 8;

/**
 * A text of ours without the secret values, however they came into it. To be used before a text is cut: the rest of a
 * secret is not found.
 * @param variables all of a project
 */
export function masked(text: string, variables: readonly Variable[]): string {
  const forms = variables.filter(({ secret }) => secret).flatMap(({ value }) => formsOf(value));
  // The longest first, for secrets that hold another one.
  const ordered = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  return ordered.reduce((rest, form) => rest.replaceAll(form, MASK), text);
}

/** How a value is found in messages: as it is, quoted by Python or as JSON, in a URL; each long line of it, too. */
function formsOf(value: string): string[] {
  const lines = value.split(/[\r\n]+/).filter((line) => line.length >= FEWEST_CHARACTERS_OF_LINE);
  return [value, ...lines].flatMap((text) => {
    const asJson = JSON.stringify(text).slice(1, -1);
    const inPython = asJson.replaceAll('\\"', '"');
    return [text, asJson, inPython, inPython.replaceAll("'", "\\'"), encodeURIComponent(text.toWellFormed())];
  });
}
