/** Why the launcher gives up, as one sentence that says what is true and what to do. The program prints it and exits with 1. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
