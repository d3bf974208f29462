/*
 * An order book: limit orders of one instrument, matched by price, then by time.
 *
 * Prices are ticks from 1 to 262143, quantities 1 to 4294967295, ids 8 bytes. All numbers are little-endian.
 * handle takes commands as payload, one or more after the other, and replies with their answers in the same order:
 *   01 place   side (1 byte: 0 buys, 1 sells), price (4), quantity (4)
 *              answer: each trade as 01, the id of the order that was in the book, the price (4), which is that order's,
 *              and the quantity (4); then 00, the new order's id, and the quantity left of it (4), which is now in the
 *              book. Nothing left: id 0
 *   02 cancel  id         answer: the quantity that was left (4); 0 if no such order is in the book
 *   03 best    nothing    answer: the highest price that is bid (4) and the quantity there (8), then the lowest price
 *              asked (4) and the quantity there (8); both 0 if there is none
 *   04 level   price (4)  answer: the quantity (8) and the number of orders (4) at this price
 * A job whose payload holds anything else panics, and then none of its commands has happened.
 *
 * Memory is used as if it were all there, since only pages that a job touches are loaded: each price has a place of its
 * own in an array of 6 MiB, and orders stand in blocks that are added when they are needed. A job reads and writes the
 * pages of the few prices and orders that it is about, however large the book is.
 */
#include "lazypages.h"

enum { PLACE = 1, CANCEL, BEST, LEVEL };
enum side { BUY, SELL };
enum { PRICES = 64 * 64 * 64 };

/* ---- Prices -------------------------------------------------------------------------------------------------------- */

/* The orders at one price. They are all of one side, since prices that match never stay in the book. */
struct level {
    uint32_t first, last; /* slots of orders; the oldest comes first */
    uint64_t quantity;
    uint32_t count;
};

/* Prices with a bit for each, a bit for each 64 of those, and a bit for each 64 of these. */
struct price_set {
    uint64_t summary;
    uint64_t groups[64];
    uint64_t words[64 * 64];
};

static struct level levels[PRICES];
static struct price_set used[2]; /* by side: the prices that have orders */

static uint64_t bit(uint32_t number) { return 1ull << (number & 63); }
static uint32_t lowest_bit(uint64_t bits) { return (uint32_t)__builtin_ctzll(bits); }
static uint32_t highest_bit(uint64_t bits) { return 63 - (uint32_t)__builtin_clzll(bits); }

static void insert(struct price_set *set, uint32_t price) {
    set->words[price >> 6] |= bit(price);
    set->groups[price >> 12] |= bit(price >> 6);
    set->summary |= bit(price >> 12);
}

static void erase(struct price_set *set, uint32_t price) {
    if ((set->words[price >> 6] &= ~bit(price)) != 0) return;
    if ((set->groups[price >> 12] &= ~bit(price >> 6)) != 0) return;
    set->summary &= ~bit(price >> 12);
}

static uint32_t lowest(const struct price_set *set) {
    uint32_t group = lowest_bit(set->summary), word = group << 6 | lowest_bit(set->groups[group]);
    return word << 6 | lowest_bit(set->words[word]);
}

static uint32_t highest(const struct price_set *set) {
    uint32_t group = highest_bit(set->summary), word = group << 6 | highest_bit(set->groups[group]);
    return word << 6 | highest_bit(set->words[word]);
}

/* The price at which an order of the other side trades first; 0 if there is none. */
static uint32_t best(enum side side) {
    if (used[side].summary == 0) return 0;
    return side == BUY ? highest(&used[side]) : lowest(&used[side]);
}

/* ---- Orders -------------------------------------------------------------------------------------------------------- */

/* Its id is the number of its slot, below how often this slot has been used. */
struct order {
    uint64_t id;
    uint32_t price;
    uint32_t quantity;       /* what is left; 0 in a free slot */
    uint32_t previous, next; /* slots: at the same price, or among the free ones */
    uint8_t side;
};

enum { BLOCK = LP_WASM_PAGE / sizeof(struct order), BLOCKS = 4096 };
static struct order *blocks[BLOCKS];
static uint32_t slot_count = 1; /* slot 0 stands for none */
static uint32_t free_slot;

static struct order *order_at(uint32_t slot) { return &blocks[slot / BLOCK][slot % BLOCK]; }

static uint32_t take_slot(void) {
    uint32_t slot = free_slot;
    if (slot) {
        free_slot = order_at(slot)->next;
        return slot;
    }
    slot = slot_count++;
    lp_require(slot / BLOCK < BLOCKS, "the book is full");
    if (!blocks[slot / BLOCK]) blocks[slot / BLOCK] = lp_alloc_pages(1);
    order_at(slot)->id = slot;
    return slot;
}

/* Puts an order at the end of its price's queue, and returns its id. */
static uint64_t add_order(enum side side, uint32_t price, uint32_t quantity) {
    uint32_t slot = take_slot();
    struct order *order = order_at(slot);
    struct level *level = &levels[price];
    uint64_t id = order->id + (1ull << 32);
    *order = (struct order){.id = id, .price = price, .quantity = quantity, .previous = level->last, .side = side};
    if (level->last)
        order_at(level->last)->next = slot;
    else
        level->first = slot;
    level->last = slot;
    level->quantity += quantity;
    if (level->count++ == 0) insert(&used[side], price);
    return id;
}

/* Takes so much off an order in the book, and the order out of it when nothing is left. */
static void reduce(uint32_t slot, uint32_t quantity) {
    struct order *order = order_at(slot);
    struct level *level = &levels[order->price];
    level->quantity -= quantity;
    order->quantity -= quantity;
    if (order->quantity > 0) return;
    *(order->previous ? &order_at(order->previous)->next : &level->first) = order->next;
    *(order->next ? &order_at(order->next)->previous : &level->last) = order->previous;
    if (--level->count == 0) erase(&used[order->side], order->price);
    order->next = free_slot;
    free_slot = slot;
}

/* ---- Commands ------------------------------------------------------------------------------------------------------ */

#define PACKED __attribute__((packed))

struct PACKED place { uint8_t side; uint32_t price, quantity; };
struct PACKED trade { uint8_t more; uint64_t id; uint32_t price, quantity; };
struct PACKED placed { uint8_t more; uint64_t id; uint32_t quantity; };
struct PACKED top { uint32_t price; uint64_t quantity; };
struct PACKED depth { uint64_t quantity; uint32_t count; };

static void check_price(uint32_t price) {
    lp_require(price > 0 && price < PRICES, "a price must be 1 to 262143");
}

static void place(struct place wanted) {
    lp_require(wanted.side == BUY || wanted.side == SELL, "a side must be 0, to buy, or 1, to sell");
    check_price(wanted.price);
    lp_require(wanted.quantity > 0, "a quantity must be at least 1");
    enum side side = wanted.side, other = side == BUY ? SELL : BUY;
    uint32_t left = wanted.quantity;
    while (left > 0) {
        uint32_t price = best(other);
        if (price == 0 || (side == BUY ? price > wanted.price : price < wanted.price)) break;
        uint32_t slot = levels[price].first;
        const struct order *oldest = order_at(slot);
        uint32_t quantity = oldest->quantity < left ? oldest->quantity : left;
        struct trade trade = {.more = 1, .id = oldest->id, .price = price, .quantity = quantity};
        lp_reply_add(&trade, sizeof trade);
        reduce(slot, quantity);
        left -= quantity;
    }
    struct placed answer = {.id = left ? add_order(side, wanted.price, left) : 0, .quantity = left};
    lp_reply_add(&answer, sizeof answer);
}

static void cancel(uint64_t id) {
    uint32_t slot = (uint32_t)id, left = 0;
    if (slot > 0 && slot < slot_count && order_at(slot)->id == id) left = order_at(slot)->quantity;
    if (left > 0) reduce(slot, left);
    lp_reply_add(&left, sizeof left);
}

static void reply_best(enum side side) {
    uint32_t price = best(side);
    struct top answer = {.price = price, .quantity = levels[price].quantity};
    lp_reply_add(&answer, sizeof answer);
}

static void reply_level(uint32_t price) {
    check_price(price);
    struct depth answer = {.quantity = levels[price].quantity, .count = levels[price].count};
    lp_reply_add(&answer, sizeof answer);
}

/* Copies what a command needs from the payload, and goes on behind it. */
static void take(uint32_t *at, void *buffer, uint32_t size) {
    lp_payload_read(*at, buffer, size);
    *at += size;
}

static void run(uint8_t command, uint32_t *at) {
    struct place wanted;
    uint64_t id;
    uint32_t price;
    switch (command) {
    case PLACE:
        take(at, &wanted, sizeof wanted);
        place(wanted);
        break;
    case CANCEL:
        take(at, &id, sizeof id);
        cancel(id);
        break;
    case BEST:
        reply_best(BUY);
        reply_best(SELL);
        break;
    case LEVEL:
        take(at, &price, sizeof price);
        reply_level(price);
        break;
    default:
        lp_panic("unknown command: 1 is place, 2 cancel, 3 best, 4 level");
    }
}

LP_ENTRY(handle) {
    uint32_t size = lp_payload_size(), at = 0;
    lp_require(size > 0, "the payload is empty: it must hold commands");
    while (at < size) {
        uint8_t command;
        take(&at, &command, sizeof command);
        run(command, &at);
    }
    lp_reply_end();
}
