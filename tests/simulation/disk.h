// The storage under SQLite: files in memory that remember what was synced and what was only written.
//
//   written → the operating system has it: survives a killed process, not a power loss
//   synced  → on the medium
//
// At a power loss each write since the last sync is kept, lost, or torn at 512-byte sectors, in any combination. Files
// of the process under test (below `kFaulty`) meet faults; the provider's do not. A process that died changes nothing
// any more: handles of an earlier life are refused.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/faults.h"
#include "simulation/timeline.h"

namespace feiqian::simulation {

inline constexpr std::string_view kFaulty = "/simulated/platform/";

class Disk {
 public:
  struct Change {
    std::int64_t offset = 0;  ///< of a truncation: the new size
    std::string bytes;
    bool truncates = false;
  };
  struct File {
    std::string written;
    std::string synced;
    std::vector<Change> unsynced;
  };
  enum class Operation { Open, Read, Write, Truncate, Sync };
  enum class Verdict { Ok, Failed, Full };

  Disk(std::uint64_t seed, Faults& faults, Timeline& timeline)
      : faults_(&faults), timeline_(&timeline), chance_(seed, "disk") {}

  std::shared_ptr<File> open(const std::string& path, bool create);
  bool exists(const std::string& path) const { return files_.contains(path); }
  /// As an unlink that is durable at once.
  void remove(const std::string& path) { files_.erase(path); }

  /// Before each operation on a file of the process under test: time passes, faults strike.
  Verdict before(const std::string& path, Operation operation);
  void write(const std::string& path, File& file, std::int64_t offset, std::string_view bytes);
  void truncate(File& file, std::int64_t size);
  static void sync(File& file);
  /// A sync that failed: as Linux does it, what was to be synced may never be tried again.
  void fail_sync(File& file);

  /// The process is gone: by itself in the middle of an operation, or because the world says so.
  void kill();
  void lose_power();
  bool process_died() const { return died_; }
  /// A new process begins; handles of the former stay dead.
  void begin_life() {
    ++life_;
    died_ = false;
  }
  std::int64_t life() const { return life_; }
  /// Crashes strike inside operations only from now on (a start that always dies would never end).
  void arm(bool armed) { armed_ = armed; }

  /// Turns over one bit of what is stored. False when there is nothing.
  bool flip_bit();

  /// While it lives, nothing goes wrong and no time passes: the checker looks.
  class Calm {
   public:
    explicit Calm(Disk& disk) : disk_(&disk) { ++disk_->calm_; }
    ~Calm() { --disk_->calm_; }
    Calm(const Calm&) = delete;
    Calm& operator=(const Calm&) = delete;

   private:
    Disk* disk_;
  };

 private:
  static void apply(std::string& content, const Change& change);
  static bool is_faulty(const std::string& path) { return path.starts_with(kFaulty); }
  void tear(Change& change);
  void pass(Operation operation);

  Faults* faults_;
  Timeline* timeline_;
  Chance chance_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::int64_t life_ = 1;
  std::int64_t full_until_us_ = 0;
  std::int64_t slow_until_us_ = 0;
  int calm_ = 0;
  bool died_ = false;
  bool armed_ = false;
};

}  // namespace feiqian::simulation
