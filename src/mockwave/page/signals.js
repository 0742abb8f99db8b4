// A value that tells listeners when it changes.

export class Signal {
  #listeners = new Set();

  constructor(value) {
    this.value = value;
  }

  set(value) {
    this.value = value;
    this.tell();
  }

  tell() {
    for (const listener of [...this.#listeners]) listener(this.value);
  }

  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
