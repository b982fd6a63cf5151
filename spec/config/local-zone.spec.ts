import { expect } from 'chai';
import { namedZone } from '../../src/config/local-zone.ts';
import { UserError } from '../../src/errors.ts';

describe('the time zone in TZ', () => {
  for (const [tz, zone] of [
    ['Europe/Berlin', 'Europe/Berlin'],
    [':Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['/usr/share/zoneinfo/Asia/Tokyo', 'Asia/Tokyo'],
    ['UTC', 'UTC'],
    ['', 'UTC'],
  ] as const) {
    it(`"${tz}" is ${zone}`, () => {
      expect(namedZone(tz)).to.equal(zone);
    });
  }

  for (const tz of ['UTC+3', 'CET-1CEST', ':/etc/localtime', '+03:00', 'Nowhere/Town']) {
    it(`"${tz}" is refused`, () => {
      expect(() => namedZone(tz)).to.throw(UserError, `TZ: "${tz}" is not the name of a time zone`);
    });
  }
});
