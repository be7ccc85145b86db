import { z } from 'zod';

/** What a site says about one coil of a Modbus TCP relay that switches something on and off. */
export const modbusSwitchSettingsSchema = z.strictObject({
  /** Name or address of the relay. */
  host: z.string().min(1).max(253),
  /** 502 is the port that Modbus is registered for. */
  port: z.number().int().min(1).max(65_535).default(502),
  /** Of the server behind a gateway; a relay with a network port of its own takes 255 or 0. */
  unit: z.number().int().min(0).max(255).default(255),
  /** As the protocol counts, from 0: what a handbook calls coil 1 (or 00001) is 0 here. */
  coil: z.number().int().min(0).max(65_535).default(0),
  /** The contact is closed while the coil is 0, as with a relay wired to its rest contact. */
  activeLow: z.boolean().default(false),
  /**
   * Vendor, product and revision with spaces between, as the relay says them: one that says something else is refused. A relay that
   * cannot say who it is goes by this name.
   */
  identity: z.string().min(1).max(200).optional(),
  /**
   * When its node ends in order. `off`: switched off, since nobody will be here to do it; `as-it-is`: it stays on, but an `on` that has not
   * been read back yet is switched off all the same, since nobody knows of it. At DISCONNECT it is always off.
   */
  whenLeft: z.enum(['off', 'as-it-is']).default('off'),
  /** A connection that is not made by now is given up and tried again later, ms. */
  connectTimeoutMs: z.number().int().min(100).max(60_000).default(3000),
  /** A request that is not answered by now is not waited for any more, ms. */
  answerWithinMs: z.number().int().min(50).max(10_000).default(1000),
  /** The coil reads back as it was written within this time, ms. */
  settleMs: z.number().int().min(50).max(10_000).default(1000),
  /** Without a reading for this long the relay is silent; after twice as long the connection is thrown away, ms. */
  silentAfterMs: z.number().int().min(500).max(60_000).default(2000),
  /** The address leads to a simulator. */
  simulated: z.boolean().default(false),
});

export type ModbusSwitchSettings = z.infer<typeof modbusSwitchSettingsSchema>;
