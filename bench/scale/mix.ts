import type { Random } from '../../spec/schedule/simulated-year/random.ts';

/** Hours of the day that people choose, the early ones more often. */
const HOURS = [0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 12, 18, 22];
export const SECONDS_A_DAY = 86_400;

/** Schedules of one sort, as people have them. All of this is assumed. */
interface Sort {
  /** How many of 100 schedules. */
  share: number;
  firesADay: number;
  /** Median seconds of a run. */
  lasts: number;
  spec: (random: Random) => string;
}

const SORTS: readonly Sort[] = [
  { share: 2, firesADay: 1440, lasts: 8, spec: () => 'every minute' },
  {
    share: 5,
    firesADay: 216,
    lasts: 10,
    spec: (random) => random.of(['every 5 minutes', 'every 10 minutes']),
  },
  { share: 13, firesADay: 48, lasts: 20, spec: (random) => random.of(['every 30 minutes', '*/30 * * * *']) },
  { share: 30, firesADay: 24, lasts: 40, spec: (random) => random.of(['every hour', '0 * * * *']) },
  { share: 40, firesADay: 1, lasts: 300, spec: (random) => `every day at ${timeOfDay(random)}` },
  {
    share: 8,
    firesADay: 1 / 7,
    lasts: 1200,
    spec: (random) => `every ${weekday(random)} at ${timeOfDay(random)}`,
  },
  {
    share: 2,
    firesADay: 1 / 30,
    lasts: 1200,
    spec: (random) => `0 ${random.of(HOURS)} ${random.whole(1, 28)} * *`,
  },
];

/** Of a log-normal distribution: two runs in three last between a 2.7th and 2.7 times of the median. */
const SIGMA = 1;
const MEAN_TO_MEDIAN = Math.exp(SIGMA ** 2 / 2);

/** A schedule of the mix. */
export interface Drawn {
  spec: string;
  /** Median seconds of its runs. */
  lasts: number;
  /** Seconds that its runs take on an average day, all together. */
  secondsADay: number;
}

/** What an average schedule of the mix asks of a node. */
export const AVERAGE = {
  firesADay: SORTS.reduce((sum, { share, firesADay }) => sum + (share / 100) * firesADay, 0),
  secondsADay: SORTS.reduce((sum, sort) => sum + (sort.share / 100) * secondsADay(sort), 0),
};

/** How many schedules keep so many slots busy to this part on average. */
export function schedulesFor({ slots, utilisation }: { slots: number; utilisation: number }): number {
  return Math.round((slots * SECONDS_A_DAY * utilisation) / AVERAGE.secondsADay);
}

export function aSchedule(random: Random): Drawn {
  let left = random.next() * 100;
  const sort = SORTS.find(({ share }) => (left -= share) < 0) ?? SORTS[0];
  if (sort === undefined) throw new Error('the mix is empty');
  return { spec: sort.spec(random), lasts: sort.lasts, secondsADay: secondsADay(sort) };
}

/** How long a run takes, in milliseconds. */
export function duration({ lasts }: Pick<Drawn, 'lasts'>, random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.round(lasts * 1000 * Math.exp(SIGMA * normal));
}

function secondsADay({ firesADay, lasts }: Sort): number {
  return firesADay * lasts * MEAN_TO_MEDIAN;
}

/** On the hour in three cases of five. */
function timeOfDay(random: Random): string {
  const minute = random.chance(0.6) ? 0 : random.whole(1, 59);
  return `${random.of(HOURS)}:${String(minute).padStart(2, '0')}`;
}

function weekday(random: Random): string {
  return random.of(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);
}
