/** The controller's end of the line to its host: a serial port or a network port. */
export interface HostLine {
  /** What a host opens: `/dev/pts/7`, or `127.0.0.1:40123`. */
  readonly place: string;
  /** Bytes towards the host; dropped when nobody is there. */
  write(bytes: Uint8Array): void;
  /** Cuts the line: whoever has it open sees it break. */
  close(): Promise<void>;
}

export interface HostLineListener {
  /** Bytes of a host; `peer` is its port number where several may talk. */
  data(bytes: Uint8Array, peer: number | null): void;
  /** A host connected over the network; what is answered goes to it alone. */
  joined(peer: number): Uint8Array;
  /** Something a referee must know. */
  note(text: string): void;
  /** The line ended without being asked to. */
  ended(why: string): void;
}
