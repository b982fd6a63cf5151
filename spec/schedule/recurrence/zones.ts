/** Twelve zones, each with a year whose clocks do something, and days near which they do. */
export const ZONES: readonly { zone: string; year: number; days: readonly string[] }[] = [
  { zone: 'UTC', year: 2026, days: ['2026-03-29'] },
  { zone: 'Europe/Berlin', year: 2026, days: ['2026-03-29', '2026-10-25'] },
  // Its winter time is the one that is called daylight saving, and negative.
  { zone: 'Europe/Dublin', year: 2027, days: ['2027-03-28', '2027-10-31'] },
  { zone: 'America/New_York', year: 2028, days: ['2028-03-12', '2028-11-05'] },
  // Sets its clocks by half an hour.
  { zone: 'Australia/Lord_Howe', year: 2026, days: ['2026-04-05', '2026-10-04'] },
  // Sets them for Ramadan.
  { zone: 'Africa/Casablanca', year: 2026, days: ['2026-02-15', '2026-03-22'] },
  // Gaps at midnight.
  { zone: 'America/Sao_Paulo', year: 2017, days: ['2017-02-19', '2017-10-15'] },
  { zone: 'Asia/Beirut', year: 2026, days: ['2026-03-29', '2026-10-25'] },
  { zone: 'America/Santiago', year: 2026, days: ['2026-04-05', '2026-09-06'] },
  // Has had no 30 December 2011.
  { zone: 'Pacific/Apia', year: 2011, days: ['2011-04-02', '2011-09-24', '2011-12-30'] },
  { zone: 'Asia/Kathmandu', year: 2026, days: ['2026-06-02'] },
  { zone: 'Pacific/Chatham', year: 2026, days: ['2026-04-05', '2026-09-27'] },
];
