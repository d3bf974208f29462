// The records at the end of aarch64's signal frames, walked by plain C that every architecture compiles and tests.
#ifndef LAZYPAGES_AARCH64_FRAME_H
#define LAZYPAGES_AARCH64_FRAME_H

#include "CFaultSignal.h"

/// Every record begins with this; its size counts the whole record. A record of magic and size 0 ends the list.
typedef struct lazypages_aarch64_record {
    uint32_t magic;
    uint32_t size;
} lazypages_aarch64_record;

/// The record with the exception syndrome (ESR_EL1) of the fault.
typedef struct lazypages_aarch64_esr_record {
    lazypages_aarch64_record head;
    uint64_t syndrome;
} lazypages_aarch64_esr_record;

#define LAZYPAGES_AARCH64_ESR_MAGIC 0x45535201u

/// Records begin at multiples of this many bytes.
#define LAZYPAGES_AARCH64_RECORD_ALIGNMENT 16u

/// Read or write, from the records in the `size` bytes at `area`; unknown if they are malformed, have no syndrome, or
/// one that is not of a data access by a program. Reads nothing outside the area, so not what an EXTRA record points to:
/// the kernel places the syndrome before the records that can grow too large for the area.
lazypages_access lazypages_aarch64_access(const void *area, size_t size);

#endif
