// SQLite. The destructor constants are casts, which Swift cannot import as macros.
#include <sqlite3.h>

static inline sqlite3_destructor_type lazypages_sqlite_transient(void) { return SQLITE_TRANSIENT; }
