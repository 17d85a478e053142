#include "speech/asr/testing/fake_engine.h"

#include "speech/asr/testing/engine_contract.h"

namespace sotto::asr {
namespace {

struct FakeEngineMaker {
  static const Engine* make() {
    static const FakeEngine kEngine;
    return &kEngine;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Fake, EngineContract, FakeEngineMaker);

}  // namespace
}  // namespace sotto::asr
