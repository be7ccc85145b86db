import { describe, expect, it } from 'vitest';
import { capabilitiesOf, envelopeOf, type Facts, identityOf, learn, modesChanged, noFacts, reportUnit, workOffsets } from './identify.ts';
import { parseLine } from './parse.ts';
import { laser, mill, misfit } from './variant.ts';

function told(...lines: string[]): Facts {
  return lines.map(parseLine).reduce(learn, noFacts);
}

const travel = ['$130=800.000', '$131=500.000', '$132=120.000'];

describe('what a controller says of itself', () => {
  it('puts the travel on the negative side', () => {
    expect(envelopeOf(told('$22=1', '$23=7', ...travel))).toEqual({ min: { x: -800, y: -500, z: -120 }, max: { x: 0, y: 0, z: 0 } });
  });

  it('counts an axis upwards that homes low in a build that forces the origin', () => {
    expect(envelopeOf(told('[OPT:VZ,15,128]', '$22=1', '$23=1', ...travel))).toEqual({
      min: { x: 0, y: -500, z: -120 },
      max: { x: 800, y: 0, z: 0 },
    });
  });

  it('knows no travel without homing, and says why it cannot home', () => {
    const facts = told('$22=0', ...travel);
    expect(envelopeOf(facts)).toBeNull();
    expect(capabilitiesOf(facts, mill).find(each => each.name === 'home')?.absent).toContain('$22=0');
  });

  it('[EQ120] fits a laser with $32=1 only; before the settings are read nothing is said', () => {
    const absent = (facts: Facts) =>
      capabilitiesOf(facts, laser)
        .filter(each => each.absent?.includes('$32=0'))
        .map(each => each.name);
    expect(absent(told('$22=1', '$32=1', ...travel))).toEqual([]);
    expect(absent(told('$22=1', '$32=0', ...travel))).toEqual(['program', 'jog', 'mdi', 'override', 'home', 'laser']);
    expect(absent(told('$22=1', ...travel))).toContain('program');
    expect(misfit(noFacts, laser)).toBeNull();
    expect(misfit(told('$32=1'), mill)).toBeNull();
  });

  it('[EQ120] starts no laser program with the beam on; a spindle that turns is no such mode', () => {
    const facts = told('[GC:G1 G54 G17 G21 G90 G94 M4 M9 T0 F0 S10]');
    expect(modesChanged(facts, laser)).toEqual(['M4']);
    expect(modesChanged(facts, mill)).toEqual([]);
    expect(modesChanged(told('[GC:G1 G54 G17 G21 G90 G94 M5 M9 T0 F0 S10]'), laser)).toEqual([]);
  });

  it('converts offsets from inches', () => {
    const facts = told('$13=1', '[G54:1.0000,0.0000,0.0000]', '[G28:9.0000,9.0000,9.0000]');
    expect(reportUnit(facts)).toBe(25.4);
    expect(workOffsets(facts)).toEqual({ G54: { x: 25.4, y: 0, z: 0 } });
  });

  it('is recognised by its stored text, else by its build', () => {
    expect(identityOf(told('[VER:1.1h.20190830:mill 7]'))).toBe('mill 7');
    expect(identityOf(told('[VER:1.1h.20190830:]'))).toBe('Grbl 1.1h.20190830');
  });
});
