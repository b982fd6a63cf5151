/** What is used here of `@breejs/later`, which has no types of its own. */
declare module '@breejs/later' {
  /** Wanted values by constraint: `{ t: [61200], d: [6] }`. */
  type Constraints = Record<string, number[]>;

  interface LaterSchedule {
    schedules: Constraints[];
    exceptions: Constraints[];
    /** Where the text could not be read; -1 where it could. */
    error: number;
  }

  const later: {
    date: { UTC(): void };
    parse: { text(text: string): LaterSchedule };
    schedule(schedule: LaterSchedule): {
      /** `from` itself counts; with `count` 1 a date, or `NOT_FOUND`, which is 0. */
      next(count: number, from: Date, to?: Date): Date | Date[] | 0;
      prev(count: number, from: Date, to?: Date): Date | Date[] | 0;
    };
  };
  export default later;
}
