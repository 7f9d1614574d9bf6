// SPDX-License-Identifier: Apache-2.0
/* The table of alerts: code, severity, and in Chinese and English what is wrong and what to do.
 * docs/reference/alerts.md explains each; when one is raised or solved is said by those who call. */
#include "tickets/alert.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum lang { ZH, EN, LANGS };

struct row {
    const char *code;
    enum sw_alert_severity severity;
    const char *text[LANGS]; /* follows the subject's name */
    const char *fix[LANGS];
};

static const struct row rows[SW_ALERT__COUNT] = {
    [SW_ALERT_BUS_LOST] = {"SW-B001",
                           SW_ALERT_CRITICAL,
                           {"总线超过 1 分钟无法打开", "the line could not be opened for more than a minute"},
                           {"检查转换器、网线和供电;运行 siteward status 查看原因",
                            "Check the converter, its cable and its power; siteward status names the cause"}},
    [SW_ALERT_DEVICE_SILENT] = {"SW-B002",
                                SW_ALERT_WARNING,
                                {"设备超过 1 分钟没有应答", "no answer from the device for more than a minute"},
                                {"检查设备供电、接线、地址和波特率;运行 siteward scan",
                                 "Check the device's power, wiring, address and speed; run siteward scan"}},
    [SW_ALERT_GPIO_LOST] = {"SW-G001",
                            SW_ALERT_CRITICAL,
                            {"输入输出线不可用", "the input or output line is gone"},
                            {"检查 GPIO 模块和配置中的 line;运行 siteward check",
                             "Check the GPIO module and `line` in the configuration; run siteward check"}},
    [SW_ALERT_INPUT_STORM] =
        {"SW-G002",
         SW_ALERT_WARNING,
         {"输入变化过于频繁,暂只计数", "the input changes so often that its changes are only counted"},
         {"检查触点和线缆(松动、电机干扰);必要时加大 debounce",
          "Look for a loose contact or a cable beside a motor; raise `debounce` if it only bounces"}},
    [SW_ALERT_CAMERA] = {"SW-C001",
                         SW_ALERT_WARNING,
                         {"相机无法取得图片", "no picture can be had from the camera"},
                         {"检查相机供电、网络、地址和账号", "Check the camera's power, network, address and login"}},
    [SW_ALERT_OUTPUT] = {"SW-O001",
                         SW_ALERT_CRITICAL,
                         {"输出未按指令动作", "the output does not do as it is told"},
                         {"检查继电器、接线和手动开关;运行 siteward output",
                          "Check the relay, its wiring and the manual switch; run siteward output"}},
    [SW_ALERT_STORE] = {"SW-D001",
                        SW_ALERT_CRITICAL,
                        {"数据无法写入磁盘", "data cannot be written to the disk"},
                        {"检查磁盘空间和数据目录权限;查看 sitewardd 日志",
                         "Check free space and the rights of the data folder; see the log of sitewardd"}},
    [SW_ALERT_DAMAGED] = {"SW-D004",
                          SW_ALERT_CRITICAL,
                          {"数据库文件已损坏", "the database is damaged"},
                          {"运行 siteward db check 查看损失;恢复备份,并更换磁盘或存储卡",
                           "siteward db check says what is lost; bring a copy back, and replace the disk or card"}},
    [SW_ALERT_ROOM] =
        {"SW-D003",
         SW_ALERT_WARNING,
         {"数据盘将满:最早的读数被提前删除,工单和报警照常保存",
          "the data disk is almost full: the oldest readings go before their time, tickets and alarms are kept"},
         {"清理数据盘上的其他文件;运行 siteward db check 查看数据库占用",
          "Remove what else fills the disk of the data folder; siteward db check shows what the database takes"}},
    [SW_ALERT_DROPPED] = {"SW-D002",
                          SW_ALERT_WARNING,
                          {"部分读数因处理不及被丢弃", "readings were dropped because something is too slow"},
                          {"加大设备的采样间隔,或检查磁盘是否过慢",
                           "Poll devices less often (`interval`), or see whether the disk is too slow"}},
    [SW_ALERT_SPRAY] = {"SW-S031",
                        SW_ALERT_WARNING,
                        {"疑似喷水影响颗粒物传感器:湿度骤升同时浓度骤降",
                         "water on the dust sensor suspected: humidity jumped while dust dropped"},
                        {"到现场查看雾炮、喷淋和洒水车是否对准监测设备,调整后再测",
                         "Look whether a mist cannon, spray or water cart reaches the sensor, and turn it away"}},
    [SW_ALERT_KEY] = {"SW-K001",
                      SW_ALERT_WARNING,
                      {"签名密钥已更换,旧密钥无法为新密钥作保",
                       "the signing key was replaced, and the old one cannot sign for the new one"},
                      {"如非本单位更换,请保全数据目录并查明原因;如系更换,请告知平台确认新公钥",
                       "If nobody of yours replaced it, keep the data folder as it is and find out who did; else have "
                       "the platform confirm the new public key"}},
    [SW_ALERT_TAKEN_OVER] = {"SW-U001",
                             SW_ALERT_CRITICAL,
                             {"另一客户端正以本网关编号登录平台,连接被反复顶掉",
                              "another client logs in at the broker with the id of this gateway, and the connection is "
                              "taken over again and again"},
                             {"查找使用相同 gateway.id 的设备(克隆的存储卡、测试程序),给每台各自的编号和证书",
                              "Find who uses the same gateway.id (a cloned card, a test program) and give each its own "
                              "id and certificate"}},
    [SW_ALERT_PLATFORM] = {"SW-U002",
                           SW_ALERT_CRITICAL,
                           {"无法连接平台;测量照常,数据在本机等待发送",
                            "the platform cannot be reached; measuring goes on, documents wait on this machine"},
                           {"检查网络、平台地址、证书与账号;运行 siteward check,查看 sitewardd 日志",
                            "Check network, broker address, certificates and login; run siteward check and see the log "
                            "of sitewardd"}},
    [SW_ALERT_NEIGHBOUR] =
        {"SW-N001",
         SW_ALERT_WARNING,
         {"另一台网关也在为本工地发布数据", "another gateway publishes for this site"},
         {"一个工地只用一台网关:停用其中一台;大型工程应分为多个工地编号",
          "A site has one gateway: stop one of the two, or give each part of large works a site id of "
          "its own"}},
};

static enum lang lang_of(const char *lang)
{
    return lang && strncmp(lang, "zh", 2) == 0 ? ZH : EN;
}

const char *sw_alert_code_name(enum sw_alert_code code)
{
    return (unsigned) code < SW_ALERT__COUNT ? rows[code].code : "";
}

int sw_alert_from_name(const char *name)
{
    for (int i = 0; i < SW_ALERT__COUNT; i++)
        if (strcmp(rows[i].code, name) == 0)
            return i;
    return -1;
}

const char *sw_alert_severity_name(enum sw_alert_code code)
{
    if ((unsigned) code >= SW_ALERT__COUNT)
        return "";
    return rows[code].severity == SW_ALERT_CRITICAL ? "critical" : "warning";
}

const char *sw_alert_subject_id(const struct sw_alert *a)
{
    const char *slash = strchr(a->subject, '/');

    return slash ? slash + 1 : a->subject;
}

void sw_alert_text(const struct sw_alert *a, const char *lang, char *buf, size_t cap)
{
    const char *name = a->name[0] ? a->name : sw_alert_subject_id(a);
    const enum lang l = lang_of(lang);

    if (cap > 0)
        buf[0] = '\0';
    if ((unsigned) a->code < SW_ALERT__COUNT)
        snprintf(buf, cap, "%s%s%s", name, l == ZH ? ":" : ": ", rows[a->code].text[l]);
}

const char *sw_alert_fix(enum sw_alert_code code, const char *lang)
{
    return (unsigned) code < SW_ALERT__COUNT ? rows[code].fix[lang_of(lang)] : "";
}

size_t sw_alert_topic_leaf(const struct sw_alert *a, char *buf, size_t cap)
{
    const char *id = sw_alert_subject_id(a);
    int len = *id ? snprintf(buf, cap, "%s-%s", sw_alert_code_name(a->code), id) : 0;

    if (len <= 0 || (size_t) len >= cap)
        return 0;
    for (char *c = buf; *c; c++)
        *c = (char) tolower((unsigned char) *c);
    return (size_t) len;
}
