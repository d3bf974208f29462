#include "CFaultSignal.h"
void p(void){}
