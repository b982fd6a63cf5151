import type { Response } from 'express';
import { writeChunks } from '../../../write-chunks.ts';
import type { Format } from './record-formats.ts';

/** Answers with documents as they are read, however many there are. */
export async function sendRecords(
  res: Response,
  format: Format,
  pieces: AsyncIterable<readonly Buffer[]>,
): Promise<void> {
  res.setHeader('Content-Type', format.type);
  if (res.req.method === 'HEAD') {
    res.end();
    return;
  }
  await writeChunks(res, chunks(format, pieces));
}

async function* chunks(
  { head, foot, write }: Format,
  pieces: AsyncIterable<readonly Buffer[]>,
): AsyncGenerator<string | Buffer> {
  yield head;
  for await (const documents of pieces) yield write(documents);
  yield foot;
}
