/** The two ways of starting a run, with the field of schedule-job that asks for each. */
export const WAYS = [
  { way: 'a fork of the spider host', fields: { fork: 'yes' } },
  { way: 'a fresh interpreter', fields: { fork: 'no' } },
] as const;
