#include "CWasmtime.h"
void q(void){}
