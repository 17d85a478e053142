// Compiled for one kind of processor alone; CMakeLists.txt says with which flags.
#define SOTTO_KERNELS kPortableKernels
#define SOTTO_VECTORS 4  // Vectors of 16 sums that its registers hold beside a weight.
#include "speech/vad/internal/silero_kernels.inc"
