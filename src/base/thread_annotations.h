#pragma once

// Clang's thread-safety attributes under our names; empty under g++. The lint preset checks them.
#if defined(__clang__)
#define SOTTO_INTERNAL_ATTRIBUTE(x) __attribute__((x))
#else
#define SOTTO_INTERNAL_ATTRIBUTE(x)
#endif

#define SOTTO_CAPABILITY(name) SOTTO_INTERNAL_ATTRIBUTE(capability(name))
#define SOTTO_SCOPED_CAPABILITY SOTTO_INTERNAL_ATTRIBUTE(scoped_lockable)
#define SOTTO_GUARDED_BY(mutex) SOTTO_INTERNAL_ATTRIBUTE(guarded_by(mutex))
#define SOTTO_REQUIRES(...) SOTTO_INTERNAL_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define SOTTO_ACQUIRE(...) SOTTO_INTERNAL_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define SOTTO_RELEASE(...) SOTTO_INTERNAL_ATTRIBUTE(release_capability(__VA_ARGS__))
#define SOTTO_EXCLUDES(...) SOTTO_INTERNAL_ATTRIBUTE(locks_excluded(__VA_ARGS__))
