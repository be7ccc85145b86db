import { hash, verify } from '@node-rs/argon2';

/** OWASP's second choice for argon2id: 19 MiB, 2 passes would be the first; 64 MiB and 3 passes cost an attacker more and us about 100 ms. */
const cost = { memoryCost: 65_536, timeCost: 3, parallelism: 1 };

/** The argon2id hash with its parameters in it. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

/** Checks passwords with the same work whether the person exists or not. */
export class PasswordCheck {
  readonly #decoy: Promise<string>;

  constructor() {
    this.#decoy = hashPassword('nobody has this password');
  }

  /** `known` is null for an unknown person: a decoy is verified then, so that time tells nothing. */
  async matches(known: string | null, password: string): Promise<boolean> {
    const same = await verify(known ?? (await this.#decoy), password);
    return same && known !== null;
  }
}
