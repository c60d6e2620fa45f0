// How merchants and payers reach the platform: commands over the simulated network. A request may be lost, come twice
// or find nobody; an answer may be lost. Who asks gets one answer, or none after ten seconds.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "simulation/model.h"
#include "simulation/platform.h"

namespace feiqian::simulation {

class Desk {
 public:
  Desk(Faults& faults, Network& network, Timeline& timeline, Model& model, std::unique_ptr<Platform>& platform)
      : faults_(&faults), network_(&network), timeline_(&timeline), model_(&model), platform_(&platform) {}

  /// nullopt: no answer came; what was asked for may have been done.
  template <class Command>
  void ask(Command command, std::function<void(std::optional<Result<typename Command::Reply>>)> answered) {
    using Reply = Result<typename Command::Reply>;
    constexpr std::int64_t kPatienceMs = 10000;
    auto once = std::make_shared<std::function<void(std::optional<Reply>)>>(
        [this, answered = std::move(answered)](std::optional<Reply> reply) {
          --open_;
          answered(std::move(reply));
        });
    ++open_;
    const auto finish = [once](std::optional<Reply> reply) {
      if (auto callback = std::exchange(*once, nullptr)) callback(std::move(reply));
    };
    timeline_->after_ms(kPatienceMs, Timeline::kWorld, [finish] { finish(std::nullopt); });
    network_->carry(Timeline::kWorld, [this, command = std::move(command), finish] {
      if (!*platform_) return;
      (*platform_)->submit(command, [this, command, finish](Reply reply) {
        model_->said(command, reply);
        if (faults_->strikes(fault::kAnswerLost, 5000)) return;
        timeline_->after_ms(kAnswerMs, Timeline::kWorld, [finish, reply = std::move(reply)] { finish(reply); });
      });
    });
  }
  Platform* platform() { return platform_->get(); }
  /// Questions that wait for their answer.
  std::int64_t open() const { return open_; }

 private:
  static constexpr std::int64_t kAnswerMs = 5;

  Faults* faults_;
  Network* network_;
  Timeline* timeline_;
  Model* model_;
  std::unique_ptr<Platform>* platform_;
  std::int64_t open_ = 0;
};

}  // namespace feiqian::simulation
