#include "speech/vad/internal/silero_kernels.h"

#include <initializer_list>

namespace sotto::vad::internal {

extern const SileroKernels kPortableKernels;
#ifdef __x86_64__
extern const SileroKernels kAvx2Kernels;
extern const SileroKernels kAvx512Kernels;
#endif

const SileroKernels* kernels_of(KernelKind kind) {
  switch (kind) {
    case KernelKind::kPortable:
      return &kPortableKernels;
#ifdef __x86_64__
    case KernelKind::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kAvx2Kernels
                                                                             : nullptr;
    case KernelKind::kAvx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512vl")
                 ? &kAvx512Kernels
                 : nullptr;
#else
    case KernelKind::kAvx2:
    case KernelKind::kAvx512:
      return nullptr;
#endif
  }
  return nullptr;
}

const SileroKernels& best_kernels() {
  for (const KernelKind kind : {KernelKind::kAvx512, KernelKind::kAvx2})
    if (const SileroKernels* kernels = kernels_of(kind)) return *kernels;
  return kPortableKernels;
}

}  // namespace sotto::vad::internal
