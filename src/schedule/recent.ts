/** Remembers what was made last for up to `limit` keys, so that it is not made again for each fire. */
export class Recent<T> {
  readonly #limit: number;
  readonly #made = new Map<string, T>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, make: () => T): T {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#made.size >= this.#limit) {
      const [oldest] = this.#made.keys();
      if (oldest !== undefined) this.#made.delete(oldest);
    }
    this.#made.set(key, made);
    return made;
  }
}
