// A perfect hash: every key has a slot of its own, found by one look at a small table of pilots.
//
// hash(key) chooses a bucket with its upper half, and lower half + pilot × middle half the slot.
// Buckets are placed from the fullest to the emptiest, each with the first pilot that puts all its
// keys into free slots. src/bpe/bpe_table.h has the same arithmetic for look-ups.
const MASK64 = (1n << 64n) - 1n;
const SECRET_LOW = 0x9e3779b97f4a7c15n;
const SECRET_HIGH = 0xd6e8feb86659fd93n;
const SECRET_EXTRA = 0xa0761d6478bd642fn;
const MAX_PILOT = 0xffff;

// The 128-bit product, folded.
function hashOf({ low, high, extra }) {
  const product =
    (low ^ SECRET_LOW ^ ((extra * SECRET_EXTRA) & MASK64)) * (high ^ SECRET_HIGH);
  return (product & MASK64) ^ (product >> 64n);
}

// A 32-bit number, scaled to 0 … count - 1; exact in doubles because count < 2^21.
const scaled = (x, count) => Math.floor((x * count) / 2 ** 32);

function fillBuckets(keys, bucketCount) {
  const buckets = Array.from({ length: bucketCount }, () => []);
  for (const [number, key] of keys.entries()) {
    const hash = hashOf(key);
    const bucket = scaled(Number(hash >> 32n), bucketCount);
    const [low, middle] = [hash, hash >> 16n].map((bits) => Number(bits & 0xffffffffn));
    buckets[bucket].push({ number, low, middle });
  }
  return buckets;
}

function placeBucket(bucket, taken) {
  for (let pilot = 0; pilot <= MAX_PILOT; pilot++) {
    const slots = [];
    for (const { low, middle } of bucket) {
      const slot = scaled((low + Math.imul(pilot, middle)) >>> 0, taken.length);
      if (taken[slot]) break;
      taken[slot] = 1;
      slots.push(slot);
    }
    if (slots.length === bucket.length) return { pilot, slots };
    for (const slot of slots) taken[slot] = 0;
  }
  throw new Error('no pilot places a bucket');
}

// `keys` are triples of 64-bit integers. Gives the number of slots, the pilots, and each key's slot.
export function perfectHash(keys, slotsPerKey, keysPerPilot) {
  const slotCount = Math.ceil(keys.length * slotsPerKey);
  const bucketCount = Math.ceil(keys.length / keysPerPilot);
  if (slotCount >= 2 ** 21) throw new Error('too many slots');
  const taken = new Uint8Array(slotCount);
  const pilots = new Array(bucketCount).fill(0);
  const slotOfKey = new Array(keys.length);
  const buckets = fillBuckets(keys, bucketCount);
  const order = [...buckets.keys()].sort((a, b) => buckets[b].length - buckets[a].length || a - b);
  for (const i of order) {
    const { pilot, slots } = placeBucket(buckets[i], taken);
    pilots[i] = pilot;
    buckets[i].forEach(({ number }, k) => { slotOfKey[number] = slots[k]; });
  }
  return { slotCount, pilots, slotOfKey };
}
