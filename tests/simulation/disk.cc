#include "simulation/disk.h"

#include <algorithm>

namespace feiqian::simulation {
namespace {

constexpr std::int64_t kSector = 512;
constexpr std::int64_t kSecondUs = 1000000;

}  // namespace

std::shared_ptr<Disk::File> Disk::open(const std::string& path, bool create) {
  const auto found = files_.find(path);
  if (found != files_.end()) return found->second;
  if (!create) return nullptr;
  return files_[path] = std::make_shared<File>();
}

void Disk::pass(Operation operation) {
  if (operation == Operation::Sync) timeline_->pass_us(chance_.between(150, 900));
  if (timeline_->now_us() < slow_until_us_ && operation != Operation::Open)
    timeline_->pass_us(chance_.below(operation == Operation::Sync ? 3 * kSecondUs : 20000));
}

Disk::Verdict Disk::before(const std::string& path, Operation operation) {
  if (calm_ > 0 || !is_faulty(path)) return Verdict::Ok;
  pass(operation);
  const bool changes = operation == Operation::Write || operation == Operation::Truncate;
  if (armed_ && (changes || operation == Operation::Sync)) {
    if (faults_->strikes(fault::kKill, 150)) kill();
    if (!died_ && faults_->strikes(fault::kPowerLoss, 150)) lose_power();
    if (died_) return Verdict::Failed;
  }
  if (faults_->strikes(fault::kSlowDisk, 60)) slow_until_us_ = timeline_->now_us() + chance_.skewed(600) * kSecondUs;
  if (faults_->strikes(fault::kDiskFull, 60)) full_until_us_ = timeline_->now_us() + chance_.skewed(900) * kSecondUs;
  if (faults_->active() && operation == Operation::Write && timeline_->now_us() < full_until_us_) return Verdict::Full;
  if (faults_->strikes(fault::kIoError, operation == Operation::Sync ? 2000 : 300)) return Verdict::Failed;
  return Verdict::Ok;
}

void Disk::apply(std::string& content, const Change& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.truncates) {
    content.resize(offset);
    return;
  }
  if (content.size() < offset + change.bytes.size()) content.resize(offset + change.bytes.size());
  content.replace(offset, change.bytes.size(), change.bytes);
}

void Disk::write(const std::string& path, File& file, std::int64_t offset, std::string_view bytes) {
  Change change{offset, std::string(bytes), false};
  if (calm_ == 0 && is_faulty(path)) {
    if (faults_->strikes_once(fault::kDroppedWrite, 200)) return;
    if (faults_->strikes_once(fault::kMisdirectedWrite, 200)) {
      // To where a neighbouring page lies, at the same place in it.
      constexpr std::int64_t kPage = 4096;
      change.offset = std::max<std::int64_t>(0, offset + kPage * chance_.between(-3, 3));
    }
  }
  apply(file.written, change);
  file.unsynced.push_back(std::move(change));
}

void Disk::truncate(File& file, std::int64_t size) {
  Change change{size, {}, true};
  apply(file.written, change);
  file.unsynced.push_back(std::move(change));
}

void Disk::sync(File& file) {
  for (const auto& change : file.unsynced) apply(file.synced, change);
  file.unsynced.clear();
}

void Disk::fail_sync(File& file) {
  if (chance_.percent(50)) file.unsynced.clear();
}

void Disk::kill() {
  died_ = true;
}

void Disk::tear(Change& change) {
  const auto size = static_cast<std::int64_t>(change.bytes.size());
  const auto first_sector = change.offset / kSector;
  const auto sectors = (change.offset + size - 1) / kSector - first_sector + 1;
  const auto cut = (first_sector + chance_.below(sectors + 1)) * kSector - change.offset;
  const auto at = static_cast<std::size_t>(std::clamp<std::int64_t>(cut, 0, size));
  if (chance_.percent(50)) {
    change.bytes.resize(at);
  } else {
    change.offset += static_cast<std::int64_t>(at);
    change.bytes.erase(0, at);
  }
}

void Disk::lose_power() {
  died_ = true;
  // Sometimes all of it was still in memory, sometimes none.
  const auto kept_percent = chance_.percent(30) ? 0 : chance_.percent(30) ? 100 : chance_.below(101);
  for (auto& [path, file] : files_) {
    if (!is_faulty(path)) continue;
    for (auto& change : file->unsynced) {
      if (!chance_.percent(kept_percent)) continue;
      if (!change.truncates && chance_.percent(25)) tear(change);
      if (change.truncates || !change.bytes.empty()) apply(file->synced, change);
    }
    file->unsynced.clear();
    file->written = file->synced;
  }
}

bool Disk::flip_bit() {
  std::vector<File*> files;
  for (auto& [path, file] : files_) {
    if (is_faulty(path) && !file->written.empty()) files.push_back(file.get());
  }
  if (files.empty()) return false;
  auto& file = *files[static_cast<std::size_t>(chance_.below(static_cast<std::int64_t>(files.size())))];
  const auto at = static_cast<std::size_t>(chance_.below(static_cast<std::int64_t>(file.written.size())));
  const auto bit = static_cast<unsigned char>(1U << static_cast<unsigned>(chance_.below(8)));
  file.written[at] = static_cast<char>(static_cast<unsigned char>(file.written[at]) ^ bit);
  if (at < file.synced.size()) file.synced[at] = static_cast<char>(static_cast<unsigned char>(file.synced[at]) ^ bit);
  return true;
}

}  // namespace feiqian::simulation
