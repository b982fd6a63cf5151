import { generateKey, hashKey, type Key, type KeyStore } from '../../src/access/key.ts';

/** Keys in memory, and a way to make one. */
export function memoryKeys() {
  let keys: readonly Key[] = [];
  const store: KeyStore = {
    keys: () => keys,
    addKey: (key) => (keys = [...keys, key]),
    removeKey: (name) => (keys = keys.filter((key) => key.name !== name)),
    setKeyUsed: (name, at) =>
      (keys = keys.map((key) => (key.name === name ? { ...key, lastUsedAt: at } : key))),
  };
  return {
    ...store,
    /** Makes a key and gives its value. */
    make: async (name: string, changes: Partial<Key> = {}, value = generateKey()): Promise<string> => {
      const hash = await hashKey(value);
      const rest = { readOnly: false, projects: null, createdAt: 1, lastUsedAt: null };
      store.addKey({ name, hash, ...rest, ...changes });
      return value;
    },
  };
}
