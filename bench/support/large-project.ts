import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MODULES = 100;
const MODULE_BYTES = 20_000;
const DATA_FILES = 197;

/**
 * Writes a Scrapy project of 300 files: 2 MB of Python in a hundred modules, of which one has a spider, and data that
 * packs to three quarters, as tables and pictures do together.
 * @param bytes of all of it
 */
export function writeLargeProject(folder: string, name: string, bytes: number): void {
  const code = join(folder, name);
  mkdirSync(join(code, 'data'), { recursive: true });
  writeFileSync(
    join(folder, 'scrapy.cfg'),
    `[settings]\ndefault = ${name}.settings\n[deploy]\nproject = ${name}\n`,
  );
  writeFileSync(join(code, '__init__.py'), '');
  writeFileSync(join(code, 'settings.py'), `SPIDER_MODULES = ["${name}.module_0"]\n`);
  for (let module = 0; module < MODULES; module++) {
    writeFileSync(join(code, `module_${module}.py`), moduleText(module));
  }
  const each = Math.floor((bytes - MODULES * MODULE_BYTES) / DATA_FILES);
  for (let file = 0; file < DATA_FILES; file++) {
    writeFileSync(join(code, 'data', `${file}.txt`), dataText(each));
  }
}

function moduleText(module: number): string {
  let text = 'import scrapy\n\n\nclass Large(scrapy.Spider):\n    name = "large"\n'.repeat(
    module === 0 ? 1 : 0,
  );
  for (let number = 0; text.length < MODULE_BYTES; number++) {
    text += `

def parse_${number}(response, depth=${number}):
    """Reads the rows of a table and what they link to."""
    found = {}
    for row in response.css("table.t${number} tr"):
        key = row.css("td::text").get(default="").strip().lower()
        if key and depth > ${number % 7}:
            found[key] = [int(cell) * ${number} for cell in row.css("td.n::text").getall() if cell.isdigit()]
    yield {"page": response.url, "rows": found, "links": response.css("a::attr(href)").getall()}
`;
  }
  return text;
}

function dataText(bytes: number): Buffer {
  return Buffer.from(
    randomBytes(Math.ceil((bytes * 3) / 4))
      .toString('base64')
      .slice(0, bytes),
  );
}
