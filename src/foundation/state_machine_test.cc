#include "foundation/state_machine.h"

#include <gtest/gtest.h>

namespace feiqian {
namespace {

enum class Door { Open, Shut, Locked };
enum class Act { Push, Turn };
constexpr auto kDoor =
    std::to_array<Transition<Door, Act>>({{Door::Open, Act::Push, Door::Shut}, {Door::Shut, Act::Turn, Door::Locked}});
constexpr auto kTwice =
    std::to_array<Transition<Door, Act>>({{Door::Open, Act::Push, Door::Shut}, {Door::Open, Act::Push, Door::Locked}});

TEST(StateMachine, AdvancesOnlyAlongItsRows) {
  EXPECT_EQ(advance(kDoor, Door::Open, Act::Push), Door::Shut);
  EXPECT_EQ(advance(kDoor, Door::Open, Act::Turn), std::nullopt);
  EXPECT_EQ(advance(kDoor, Door::Locked, Act::Push), std::nullopt);
}

TEST(StateMachine, KnowsItsShape) {
  EXPECT_TRUE(keys_are_unique(kDoor));
  EXPECT_FALSE(keys_are_unique(kTwice));
  EXPECT_TRUE(has_no_exit(kDoor, Door::Locked));
  EXPECT_FALSE(has_no_exit(kDoor, Door::Open));
  EXPECT_TRUE(is_reachable(kDoor, Door::Locked));
  EXPECT_FALSE(is_reachable(kDoor, Door::Open));
}

}  // namespace
}  // namespace feiqian
