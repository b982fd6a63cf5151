import { z } from 'zod';
import type { Run } from '../jobs/runner.ts';

/** Version of the messages below; a host of another version is left to end, and its runs are followed by their records. */
export const PROTOCOL = 1;

const process = z.object({ pid: z.int().positive(), startTime: z.string(), bootId: z.string() });
const exit = z.object({
  code: z.int().nullable(),
  signal: z.string().nullable(),
  reason: z.string().nullable(),
});

/** How a job's process is known, from the moment it may run spider code until its exit is acknowledged. */
export const startRecord = z.object({
  job: z.string(),
  process,
  run: z.object({ workFolder: z.string(), stdout: z.string(), stderr: z.string(), outputLimit: z.number() }),
});
export type StartRecord = z.infer<typeof startRecord>;

export const exitRecord = z.object({
  job: z.string(),
  process: process.nullable(),
  exit,
  /** Milliseconds since the epoch. */
  at: z.number(),
});
export type ExitRecord = z.infer<typeof exitRecord>;

const greeting = z.object({
  type: z.literal('greeting'),
  protocol: z.int(),
  process,
  python: z.string(),
  scrapy: z.string(),
  /** Why every run gets a fresh interpreter, or null if forks are safe. */
  whyNotFork: z.string().nullable(),
  running: z.array(z.object({ job: z.string(), process })),
  /** Exits that nobody has acknowledged. */
  exits: z.array(exitRecord),
});
export type Greeting = z.infer<typeof greeting>;

const hostMessage = z.discriminatedUnion('type', [
  greeting,
  z.object({ type: z.literal('started'), job: z.string(), process }),
  z.object({
    type: z.literal('refused'),
    job: z.string().nullable(),
    kind: z.enum(['invalid', 'unavailable']),
    message: z.string(),
  }),
  exitRecord.extend({ type: z.literal('exited') }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

export type DaemonMessage =
  | { type: 'start'; run: Run }
  | { type: 'signal'; job: string; signal: string; target: 'process' | 'group' }
  | { type: 'ack'; job: string }
  | { type: 'drain' };

/** @throws if the line is not a message of this protocol. */
export function parseHostMessage(line: string): HostMessage {
  return hostMessage.parse(JSON.parse(line));
}
