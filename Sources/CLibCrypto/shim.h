// One-shot SHA-256 and HMAC of OpenSSL's libcrypto.
#include <openssl/sha.h>
#include <openssl/hmac.h>
