import type { Response } from 'express';

/** Answers with a sentence, in the form of the files that stand beside it. */
export function sendText(res: Response, status: number, text: string): void {
  res.status(status).type('text/plain').send(text);
}
