/** A guest as a row of a manifest or a list of people names them. */
export interface GivenGuest {
  readonly name: string;
  /** The file of their public SSH key, relative to the working directory, or the key itself. */
  readonly key: string | undefined;
  /** Where it is written, for messages. */
  readonly position: string;
  /** In a list of people, which may name notebooks that the owner did not think of. */
  readonly isListed?: boolean;
}
