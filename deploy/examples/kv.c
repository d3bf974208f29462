/*
 * A key-value store. Keys have 1 to 255 bytes, values any number that memory holds.
 *
 * handle takes one command as payload; the first byte says which:
 *   01 put     length of the key (1 byte), key, value    reply: 01 if there was a value before, else 00
 *   02 get     key                                       reply: 01 and the value, or 00
 *   03 delete  key                                       reply: 01 if there was a value, else 00
 *   04 count                                             reply: the number of keys (4 bytes, little-endian)
 *
 * The table is made for memory that is loaded page by page. It is a linear hash table: it grows by one bucket at a time,
 * whose entries it takes from one other bucket, so that no job ever has to go through all the entries. Buckets are chains
 * of entries; each entry keeps the hash of its key, which is compared first, and its key and its value in one block.
 */
#include "lazypages.h"

enum { PUT = 1, GET, DELETE, COUNT };
enum { MAX_KEY = 255 };

struct entry {
    struct entry *next;
    uint32_t hash;
    uint32_t value_size;
    uint32_t key_size;
    uint8_t bytes[]; /* the key, then the value */
};

struct key {
    uint32_t hash;
    uint32_t size;
    uint8_t bytes[MAX_KEY];
};

/* Segment 0 holds 64 buckets, and each one after it as many as all before, so that buckets never move. */
enum { FIRST_SEGMENT = 6, SEGMENTS = 32 - FIRST_SEGMENT };
static struct entry **segments[SEGMENTS];
static uint32_t bucket_count;
static uint32_t entry_count;

/* ---- Buckets ------------------------------------------------------------------------------------------------------- */

/* Where the first entry of a bucket is kept; the segment must be there. */
static struct entry **bucket(uint32_t number) {
    if (number < 1u << FIRST_SEGMENT) return &segments[0][number];
    uint32_t log = 31 - (uint32_t)__builtin_clz(number);
    return &segments[log - FIRST_SEGMENT + 1][number - (1u << log)];
}

/* Buckets are used up to `bucket_count`; a number beyond is that of the bucket which has not been split yet. */
static struct entry **bucket_of(uint32_t hash) {
    uint32_t log = 31 - (uint32_t)__builtin_clz(bucket_count);
    uint32_t number = hash & ((2u << log) - 1);
    return bucket(number < bucket_count ? number : number - (1u << log));
}

/* Its buckets hold anything until they are used. */
static void add_segment(uint32_t segment, uint32_t buckets) {
    segments[segment] = lp_allocate(buckets * sizeof(struct entry *));
}

static void make_table(void) {
    add_segment(0, 1u << FIRST_SEGMENT);
    memset(segments[0], 0, sizeof(struct entry *) << FIRST_SEGMENT);
    bucket_count = 1u << FIRST_SEGMENT;
}

/* Adds one bucket, and gives it those entries of the one it splits off from that belong to it. */
static void add_bucket(void) {
    uint32_t number = bucket_count, log = 31 - (uint32_t)__builtin_clz(number);
    if (number == 1u << log) add_segment(log - FIRST_SEGMENT + 1, number);
    bucket_count++;
    struct entry **kept = bucket(number - (1u << log)), **moved = bucket(number);
    while (*kept) {
        struct entry *entry = *kept;
        if (entry->hash & 1u << log) {
            *kept = entry->next;
            *moved = entry;
            moved = &entry->next;
        } else {
            kept = &entry->next;
        }
    }
    *moved = NULL;
}

/* ---- Entries ------------------------------------------------------------------------------------------------------- */

static size_t size_of(const struct entry *entry) { return sizeof *entry + entry->key_size + entry->value_size; }

/* FNV-1a, with its high bits, which are the better ones, mixed into the low ones, which choose the bucket. */
static uint32_t hash_of(const uint8_t *bytes, uint32_t size) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* The link to the entry with this key, or to NULL at the end of its bucket's chain. */
static struct entry **find(const struct key *key) {
    struct entry **link = bucket_of(key->hash);
    for (; *link; link = &(*link)->next) {
        struct entry *entry = *link;
        if (entry->hash == key->hash && entry->key_size == key->size && memcmp(entry->bytes, key->bytes, key->size) == 0)
            break;
    }
    return link;
}

static bool remove_entry(const struct key *key) {
    struct entry **link = find(key), *entry = *link;
    if (!entry) return false;
    *link = entry->next;
    lp_release(entry, size_of(entry));
    entry_count--;
    return true;
}

/* Adds an entry whose value is the payload from `at` on. The key must not be there. */
static void add_entry(const struct key *key, uint32_t at, uint32_t value_size) {
    struct entry *entry = lp_allocate(sizeof *entry + key->size + value_size), **first = bucket_of(key->hash);
    *entry = (struct entry){.next = *first, .hash = key->hash, .key_size = key->size, .value_size = value_size};
    memcpy(entry->bytes, key->bytes, key->size);
    lp_payload_read(at, entry->bytes + key->size, value_size);
    *first = entry;
    if (++entry_count > bucket_count && bucket_count < 1u << 31) add_bucket();
}

/* ---- Commands ------------------------------------------------------------------------------------------------------ */

static struct key read_key(uint32_t at, uint32_t size) {
    lp_require(size > 0 && size <= MAX_KEY, "a key must have 1 to 255 bytes");
    struct key key = {.size = size};
    lp_payload_read(at, key.bytes, size);
    key.hash = hash_of(key.bytes, size);
    return key;
}

static void reply_flag(bool flag) {
    uint8_t byte = flag;
    lp_reply(&byte, sizeof byte);
}

static void put(uint32_t size) {
    uint8_t key_size;
    lp_payload_read(1, &key_size, 1);
    struct key key = read_key(2, key_size);
    bool replaced = remove_entry(&key);
    add_entry(&key, 2 + key_size, size - 2 - key_size);
    reply_flag(replaced);
}

static void get(const struct key *key) {
    const struct entry *entry = *find(key);
    if (!entry) {
        reply_flag(false);
        return;
    }
    uint8_t found = 1;
    lp_reply_add(&found, sizeof found);
    lp_reply_add(entry->bytes + entry->key_size, entry->value_size);
    lp_reply_end();
}

LP_ENTRY(handle) {
    uint32_t size = lp_payload_size();
    uint8_t command;
    lp_require(size > 0, "the payload is empty: its first byte is the command");
    lp_payload_read(0, &command, 1);
    if (bucket_count == 0) make_table();
    struct key key;
    switch (command) {
    case PUT:
        put(size);
        break;
    case GET:
        key = read_key(1, size - 1);
        get(&key);
        break;
    case DELETE:
        key = read_key(1, size - 1);
        reply_flag(remove_entry(&key));
        break;
    case COUNT:
        lp_reply(&entry_count, sizeof entry_count);
        break;
    default:
        lp_panic("unknown command: 1 is put, 2 get, 3 delete, 4 count");
    }
}
