/** One process that was killed. Times are milliseconds since the epoch. */
export interface Kill {
  what: 'daemon' | 'host' | 'spider';
  at: number;
  /** UUID of a spider's job. */
  job?: string;
}

/** From the kill of a daemon until the next one serves. */
export interface Outage {
  from: number;
  until: number;
}

/** What was done to the daemon, and what was seen of it from outside. */
export interface Story {
  kills: Kill[];
  outages: Outage[];
  /** UUIDs of the schedules, with the rules by which they fire. */
  schedules: Map<string, Rule>;
  /** UUIDs of the jobs whose request was answered. */
  acknowledged: string[];
  /** What should not have been, in words. */
  faults: string[];
}

/** A schedule that fires every `min` to `max` seconds, drawn anew each time. */
export interface Rule {
  when: string;
  min: number;
  max: number;
}
