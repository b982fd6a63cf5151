import { expect } from 'chai';
import { keepHouse, type HousekeepingOptions } from '../src/housekeeping.ts';

describe('Housekeeping', () => {
  it('removes unused environments also while old fires cannot be removed, which may be what a full disk wants', async () => {
    const warned: string[] = [];
    const done = await new Promise<() => Promise<void>>((resolve) => {
      const end = keepHouse({
        store: {
          removeOverSchedules: () => undefined,
          removeOldFires: () => {
            throw new Error('the disk is full');
          },
          usedEnvironments: () => [],
        },
        environments: {
          tidy: () => {
            resolve(end);
            return Promise.resolve();
          },
        },
        log: {
          info: () => undefined,
          error: () => undefined,
          warn: (_details: unknown, message: string) => warned.push(message),
        },
      } as unknown as HousekeepingOptions);
    });
    await done();
    expect(warned).to.include('the records of old fires cannot be removed');
  });
});
