/*
 * A counter: its whole state is one static.
 *
 * init    payload: empty, or the number to start from (8 bytes, little-endian)
 * handle  payload: the number to add (8 bytes); reply: the sum (8 bytes)
 * state   reply: the counter (8 bytes)
 */
#include "lazypages.h"

static uint64_t counter;

static uint64_t read_number(void) {
    uint64_t number;
    lp_require(lp_payload_size() == sizeof number, "the payload must be a number of 8 bytes");
    lp_payload_read(0, &number, sizeof number);
    return number;
}

LP_ENTRY(init) {
    if (lp_payload_size() > 0) counter = read_number();
}

LP_ENTRY(handle) {
    lp_require(!__builtin_add_overflow(counter, read_number(), &counter), "the counter would overflow");
    lp_reply(&counter, sizeof counter);
}

LP_ENTRY(state) { lp_reply(&counter, sizeof counter); }
