import assert from 'node:assert/strict';
import { getCountries } from 'libphonenumber-js/max';
import { AREA_PREFIXES, zonesOfArea } from '../../../lib/core/policy/hours/area-zones.ts';
import { zonesOfCountry } from '../../../lib/core/policy/hours/country-zones.ts';
import { offsetMs } from '../../../lib/core/policy/hours/local-time.ts';
import { zonesOf } from '../../../lib/core/policy/hours/number-zones.ts';
import { isValidNumber, readNumber } from '../../../lib/core/policy/read-number.ts';

const zones = (text: string, country = 'BR') => [...zonesOf(readNumber(text, country), country)].sort();
const isZone = (zone: string) => Number.isFinite(offsetMs(zone, 0));

describe('the time zones of a number', () => {
  it('are known for every country that has numbers, and are zones that the runtime knows', () => {
    const without = getCountries().filter((country) => zonesOfCountry(country).length === 0);
    assert.deepEqual(without, []);
    for (const country of getCountries()) assert.ok(zonesOfCountry(country).every(isZone), country);
    for (const prefix of AREA_PREFIXES) assert.ok((zonesOfArea(prefix) ?? []).every(isZone), prefix);
  });

  it('name each area once', () => {
    assert.equal(new Set(AREA_PREFIXES).size, AREA_PREFIXES.length);
  });

  it('go by the DDD in Brazil, for mobiles too', () => {
    assert.deepEqual(zones('+5548991996260'), ['America/Sao_Paulo']);
    assert.deepEqual(zones('(92) 98123-4567'), ['America/Manaus']);
    assert.deepEqual(zones('+556832211234'), ['America/Rio_Branco']);
    assert.deepEqual(zones('+558136191234'), ['America/Noronha']);
    for (let ddd = 11; ddd <= 99; ddd += 1) {
      const isInUse = isValidNumber(readNumber(`+55${ddd}991234567`, 'BR'));
      assert.equal(zonesOfArea(`55${ddd}991234567`) !== null, isInUse, `DDD ${ddd}`);
    }
  });

  it('go by the area code in North America, both where a border runs through it', () => {
    assert.deepEqual(zones('+12125551234'), ['America/New_York']);
    assert.deepEqual(zones('+14155551234'), ['America/Los_Angeles']);
    assert.deepEqual(zones('+18505551234'), ['America/Chicago', 'America/New_York']);
    assert.deepEqual(zones('+14165551234'), ['America/Toronto']);
    assert.deepEqual(zones('+16045551234'), ['America/Vancouver']);
    // Not ours to guess: an area code that is in no table has every zone of its country.
    assert.ok(zones('+18005551234').length >= 6);
  });

  it('are all of the country where the number tells no place', () => {
    assert.deepEqual(zones('+351912345678'), ['Atlantic/Azores', 'Europe/Lisbon']);
    assert.deepEqual(zones('+351211234567'), ['Europe/Lisbon']);
    assert.ok(zones('+79161234567').length > 8);
    assert.deepEqual(zones('+4930123456'), ['Europe/Berlin']);
  });

  it('are the default country’s for a number of no country, and never none', () => {
    assert.ok(zones('1001').includes('America/Sao_Paulo'));
    assert.deepEqual(zones('+8816123456789', 'DE'), ['Europe/Berlin']);
    assert.deepEqual(zones('1001', 'ZZ'), ['UTC']);
  });
});
