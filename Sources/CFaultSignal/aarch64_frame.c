#include "aarch64_frame.h"

#include <string.h>

// Arm ARM D17.2.37, ESR_EL1: bits 31 to 26 are the exception class, and for a data abort bit 6 (WnR) is set for a write.
static const uint64_t data_abort_from_lower_level = 0x24;
static const uint64_t write_not_read = 1u << 6;

static lazypages_access access_of_syndrome(uint64_t syndrome) {
    if (((syndrome >> 26) & 0x3f) != data_abort_from_lower_level) return LAZYPAGES_ACCESS_UNKNOWN;
    return (syndrome & write_not_read) ? LAZYPAGES_ACCESS_WRITE : LAZYPAGES_ACCESS_READ;
}

lazypages_access lazypages_aarch64_access(const void *area, size_t size) {
    const unsigned char *bytes = area;
    size_t offset = 0;
    while (size - offset >= sizeof(lazypages_aarch64_record)) {
        lazypages_aarch64_record head;
        memcpy(&head, bytes + offset, sizeof head);
        if (head.magic == 0 || head.size < sizeof head || head.size > size - offset) break;
        if (head.magic == LAZYPAGES_AARCH64_ESR_MAGIC) {
            lazypages_aarch64_esr_record record;
            if (head.size < sizeof record) break;
            memcpy(&record, bytes + offset, sizeof record);
            return access_of_syndrome(record.syndrome);
        }
        if (head.size % LAZYPAGES_AARCH64_RECORD_ALIGNMENT != 0) break;
        offset += head.size;
    }
    return LAZYPAGES_ACCESS_UNKNOWN;
}
