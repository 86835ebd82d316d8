/** What JSON can say. Objects are read with `ownValue`, since any name may be a key. */
export type JsonValue = null | boolean | number | string | JsonArray | JsonObject
export type JsonArray = readonly JsonValue[]
export interface JsonObject { readonly [key: string]: JsonValue }

/** An object that we are still building. */
export interface MutableJsonObject { [key: string]: JsonValue }
