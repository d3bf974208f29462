// libcurl. Its option setters are variadic macros, which Swift cannot import: one typed wrapper for each kind of value.
#include <curl/curl.h>

static inline CURLcode clibcurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode clibcurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode clibcurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode clibcurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode clibcurl_set_headers(CURL *handle, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

typedef size_t (*clibcurl_transfer)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode clibcurl_set_transfer(CURL *handle, CURLoption option, clibcurl_transfer transfer) {
    return curl_easy_setopt(handle, option, transfer);
}

static inline CURLcode clibcurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode clibcurl_set_open_socket(CURL *handle, curl_opensocket_callback open_socket, void *context) {
    CURLcode outcome = curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
    return outcome == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket) : outcome;
}

// The body must outlive the transfer.
static inline CURLcode clibcurl_set_body(CURL *handle, const void *bytes, curl_off_t count) {
    CURLcode outcome = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
    return outcome == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_POSTFIELDS, bytes) : outcome;
}
