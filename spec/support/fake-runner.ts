import type { ProcessIdentity } from '../../src/jobs/job.ts';
import type { Recovered, Run, Runner } from '../../src/jobs/runner.ts';

/** A runner that starts nothing and says what it was asked; starts resolve when the spec lets them. */
export class FakeRunner implements Runner {
  readonly starts: Run[] = [];
  readonly signals: { jobId: string; signal: string; target: string }[] = [];
  readonly acknowledged: string[] = [];
  readonly running = new Set<string>();
  recovered = new Map<string, Recovered>();
  /** Thrown by the next starts. */
  failure: Error | null = null;
  /** Awaited by the next starts. */
  gate: Promise<unknown> = Promise.resolve();

  async start(run: Run): Promise<ProcessIdentity> {
    this.starts.push(run);
    await this.gate;
    if (this.failure !== null) throw this.failure;
    this.running.add(run.jobId);
    return { pid: this.starts.length, startTime: '1', bootId: 'boot' };
  }

  signal(jobId: string, signal: string, target: 'process' | 'group'): boolean {
    if (!this.running.has(jobId)) return false;
    this.signals.push({ jobId, signal, target });
    return true;
  }

  acknowledge(jobId: string): void {
    this.acknowledged.push(jobId);
  }

  recover(): Promise<Map<string, Recovered>> {
    return Promise.resolve(this.recovered);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
