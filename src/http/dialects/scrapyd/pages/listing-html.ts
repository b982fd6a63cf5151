import escapeHtml from 'escape-html';
import { segment } from './file-path.ts';
import { fileSize, toTheMinute } from './formats.ts';

/** A row of a listing. */
export interface Entry {
  name: string;
  /** Bytes of a file; null for a folder. */
  size: number | null;
  /** Milliseconds since the epoch. */
  modifiedAt: number;
}

/** All before the rows. Clients look for the words of the heading. */
export function listingHead(path: string): string {
  const heading = `Directory listing for ${escapeHtml(path)}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${heading}</title>
<style>
body { font-family: system-ui, sans-serif; }
table { border-collapse: collapse; }
th, td { padding: .3rem .8rem; text-align: left; }
td:first-child { word-break: break-all; }
.odd { background-color: #eee; }
</style>
</head>
<body>
<h1>${heading}</h1>
<table>
<thead>
<tr>
    <th>Filename</th>
    <th>Size</th>
    <th>Last modified</th>
    <th>Content type</th>
    <th>Content encoding</th>
</tr>
</thead>
<tbody>
`;
}

/** One row, in the very lines that clients parse; every other is `odd`, the first one too. */
export function listingRow({ name, size, modifiedAt }: Entry, index: number): string {
  const [slash, type] = size === null ? ['/', '[Directory]'] : ['', '[text/plain]'];
  return `<tr class="${index % 2 === 0 ? 'odd' : 'even'}">
    <td><a href="${segment(name)}${slash}">${escapeHtml(name)}${slash}</a></td>
    <td>${size === null ? '' : fileSize(size)}</td>
    <td>${toTheMinute(modifiedAt)}</td>
    <td>${type}</td>
    <td></td>
</tr>
`;
}

/** All behind the rows. */
export const LISTING_FOOT = `</tbody>
</table>
</body>
</html>
`;
