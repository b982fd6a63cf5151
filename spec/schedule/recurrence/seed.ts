/** The seed of the specs over zones: drawn anew each time, unless the variable FC_SEED repeats one. */
export const SEED = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** How a property is run, for `fc.assert`. */
export function runs(numRuns: number): { seed: number; numRuns: number } {
  return { seed: SEED, numRuns };
}

/** Says the seed once, also when all is well. */
export function printSeed(what: string): void {
  process.stdout.write(`  seed of ${what}: ${SEED} (FC_SEED=${SEED} repeats it)\n`);
}
