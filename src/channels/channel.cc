#include "channels/channel.h"

namespace feiqian::channels {

std::string_view name_of(Scene scene) {
  switch (scene) {
    case Scene::Qr:
      return "qr";
    case Scene::Page:
      return "page";
    case Scene::Wap:
      return "wap";
    case Scene::Barcode:
      return "barcode";
    case Scene::Jsapi:
      return "jsapi";
    case Scene::App:
      return "app";
  }
  return "";
}

std::optional<Scene> scene_of(std::string_view name) {
  for (const auto scene : {Scene::Qr, Scene::Page, Scene::Wap, Scene::Barcode, Scene::Jsapi, Scene::App}) {
    if (name_of(scene) == name) return scene;
  }
  return std::nullopt;
}

Channel* Channels::find(std::string_view code) const {
  for (const auto& channel : channels_) {
    if (channel->code() == code) return channel.get();
  }
  return nullptr;
}

}  // namespace feiqian::channels
