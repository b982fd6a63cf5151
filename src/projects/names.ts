import { UserError } from '../errors.ts';

const LONGEST = 100;
const LONGEST_OF_SPIDER = 255;

/** @throws UserError `invalid` for what cannot be a project's name: it also stands in addresses. */
export function checkProjectName(name: string): void {
  checkName(name, 'project');
  if (name !== '.' && name !== '..' && !/[/\\]/.test(name)) return;
  throw new UserError(
    'invalid',
    `"${name}" cannot be the name of a project: leave out slashes, "." and "..".`,
  );
}

/** @throws UserError `invalid` for what cannot be a version's name. */
export function checkVersionName(name: string): void {
  checkName(name, 'version');
}

/** @throws UserError `invalid` for what no spider of a pushed project can be called. */
export function checkSpiderName(name: string): void {
  checkName(name, 'spider', LONGEST_OF_SPIDER);
}

function checkName(name: string, of: string, longest = LONGEST): void {
  if (name !== '' && name.length <= longest && !/\p{Cc}/u.test(name)) return;
  const shown = name.length > longest ? `${name.slice(0, longest)}…` : name;
  throw new UserError(
    'invalid',
    `"${shown}" cannot be the name of a ${of}: use 1 to ${longest} characters, none of them a control character.`,
  );
}
