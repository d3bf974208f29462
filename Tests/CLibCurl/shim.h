// libcurl. Its option setters are variadic macros, which Swift cannot import: one typed wrapper each.
#include <curl/curl.h>
