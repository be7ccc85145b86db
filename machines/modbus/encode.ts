/**
 * Requests of MODBUS Application Protocol V1.1b3 (sections 6.1, 6.5 and 6.21) and their frame on TCP after MODBUS Messaging on
 * TCP/IP V1.0b, section 3.1.3. Numbers are big-endian; a coil is counted from 0.
 */

/** Functions that this driver asks for: two that read, and the one that writes. */
export const functions = { readCoils: 0x01, writeCoil: 0x05, readIdentification: 0x2b } as const;
/** Of the function 0x2B: the kind of request that reads the device's identification. */
export const identificationType = 0x0e;
/** An exception answers with the function of its request and this bit. */
export const exceptionBit = 0x80;
/** Frame: transaction, protocol 0, length of what follows, unit. */
export const headerBytes = 7;
/** Unit and request or answer together. */
export const longestBody = 254;

const coilOn = 0xff00;
const basicObjects = 0x01;

/** Reads one coil. */
export function readCoil(coil: number): Uint8Array {
  return Uint8Array.of(functions.readCoils, coil >> 8, coil & 0xff, 0, 1);
}

/** Writes one coil; its answer is the same again. */
export function writeCoil(coil: number, level: boolean): Uint8Array {
  const value = level ? coilOn : 0;
  return Uint8Array.of(functions.writeCoil, coil >> 8, coil & 0xff, value >> 8, value & 0xff);
}

/** Asks for vendor, product and revision, from this object on. */
export function readIdentification(object = 0): Uint8Array {
  return Uint8Array.of(functions.readIdentification, identificationType, basicObjects, object);
}

export interface Frame {
  /** 0 to 65535; the answer repeats it. */
  readonly transaction: number;
  readonly unit: number;
  /** Function code and what belongs to it. */
  readonly pdu: Uint8Array;
}

/** A frame as it goes out, and as it comes in. */
export function encodeFrame({ transaction, unit, pdu }: Frame): Uint8Array {
  const length = pdu.length + 1;
  return Uint8Array.of(transaction >> 8, transaction & 0xff, 0, 0, length >> 8, length & 0xff, unit, ...pdu);
}
