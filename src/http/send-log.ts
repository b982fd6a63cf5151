import type { Request, Response } from 'express';
import { followFile } from './follow-file.ts';
import { sendFileNow } from './send-file-now.ts';

export interface SentLog {
  path: string;
  /** Whether somebody writes to it now. */
  grows: boolean;
  /** Whether nobody writes to it any more. */
  isOver: () => boolean;
  /** Calls back when that is so; gives what ends the wait. */
  onOver: (listener: () => void) => () => void;
}

/** Answers with a log: what is there now, and as long as it grows all that comes, unless only a part is asked for. */
export async function sendLog(req: Request, res: Response, log: SentLog): Promise<void> {
  const { path, grows, isOver, onOver } = log;
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (!grows || req.method === 'HEAD' || req.headers.range !== undefined) {
    await sendFileNow(res, path);
    return;
  }
  // nginx would hold the first lines back until its buffer is full.
  res.setHeader('X-Accel-Buffering', 'no');
  await followFile({ path, response: res, isOver, onOver });
}
