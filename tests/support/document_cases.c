// SPDX-License-Identifier: Apache-2.0
/* A table of documents: which function of document_rendered.c gives each, and what must come out. The expected texts
 * are the contract's examples, completed by hand; ' stands for ". Used by the unit test, and printed by it for the
 * schemas. */
#include "common/macros.h"
#include "tests/support/document_evidence_case.h"
#include "tests/support/document_fixture.h"
#include "tests/support/document_rendered.h"

#define GW "'gw':'gw-7f3a',"
#define EPOCH "'epoch':'k3f7q2mz',"
#define WORK_NIGHT "'work':{'state':'prohibited_night','permitted':false"

#define AGG_HEAD "{'schema':'siteward.agg/1.0','ts':'2026-03-03T00:00:02.000+08:00',"
#define AGG_HOUR "'from':'2026-03-02T23:00:00.000+08:00','to':'2026-03-03T00:00:00.000+08:00','period':'1h',"
#define NOISE_COUNTS                                                                                                   \
    "'n':3492,'expected':3600,'valid_ratio':0.9700,'largest_gap_s':41,"                                                \
    "'excluded':{'weather':60,'overload':0,'calibration':0,'fault':40,'missing':8},"
#define DUST_ID "'id':'north-gate-pm10:1h:2026-03-02T23:00:00+08:00'," GW EPOCH "'seq':918472,'quantity':'PM10',"
#define STATE_HEAD "{'schema':'siteward.state/1.0','ts':'2026-03-02T23:31:00.000+08:00'," GW

const struct document_case document_cases[] = {
    {"live", rendered_live,
     "{'schema':'siteward.live/1.0','ts':'2026-03-02T23:41:07.000+08:00','v':63.20,'unit':'dBA','quantity':'LAeq',"
     "'q':'good','flag':'N','limit':55.00,'n':918273}"},
    {"live without a value: null, never 0", rendered_live_without_value,
     "{'schema':'siteward.live/1.0','ts':'2026-03-02T23:41:07.000+08:00','v':null,'unit':'dBA','quantity':'LAeq',"
     "'q':'bad','flag':'B','limit':null,'n':7}"},
    {"a noise window", rendered_agg_noise,
     AGG_HEAD "'id':'north-gate-noise:1h:2026-03-02T23:00:00+08:00'," GW EPOCH
              "'seq':918471,'quantity':'LAeq'," AGG_HOUR "'historical':false,"
              "'values':{'LAeq':61.80,'LAmax':74.90,'LAmin':44.00,'LA10':64.90,'LA50':58.70,'LA90':48.20,"
              "'LA5':66.20,'LA95':46.90},'unit':'dBA','estimate':[]," NOISE_COUNTS
              "'limit':{'LAeq':55.00,'LAmax':70.00,"
              "'rules':['cn-gb12523-2025/leq-night','cn-gb12523-2025/max-night']},"
              "'q':'good','flag':'N','weather':{'wind_ms':2.10,'rain':false},'time_quality':'synced'}"},
    {"a cut-off window of samples in a replay: no number, no `historical`, estimates named",
     rendered_agg_noise_in_replay,
     AGG_HEAD
     "'id':'north-gate-noise:1h:2026-03-02T23:00:00+08:00'," GW "'quantity':'LAF'," AGG_HOUR
     "'values':{'LAeq':61.80,'LAmax':74.90,'LAmin':null,'LA10':64.90,'LA50':58.70,'LA90':48.20,"
     "'LA5':66.20,'LA95':46.90},'unit':'dBA',"
     "'estimate':['LAeq','LAmax','LA10','LA50','LA90','LA5','LA95']," NOISE_COUNTS
     "'limit':{'LAeq':55.00,'LAmax':null,'rules':['cn-gb12523-2025/leq-night']},"
     "'q':'uncertain','flag':'N','weather':null,"
     "'background':{'method':'exact','level':52.00,'LAeq_corrected':61.32},'time_quality':'unsynced','partial':true}"},
    {"a dust window sent late", rendered_agg_dust,
     AGG_HEAD DUST_ID AGG_HOUR "'historical':true,'values':{'mean':71.20,'min':40.00,'max':118.00},'unit':'ug/m3',"
                               "'suppression_s':0,'estimate':[],'n':60,'expected':60,'valid_ratio':1.0000,"
                               "'largest_gap_s':0,'excluded':{'weather':0,'overload':0,'calibration':0,'fault':0,"
                               "'missing':0},'limit':{'mean':150.00,'rules':['site/pm10-1h']},"
                               "'q':'good','flag':'N','weather':null,'time_quality':'synced'}"},
    {"a dust window of a sensor that seems to be sprayed", rendered_agg_under_water,
     AGG_HEAD DUST_ID AGG_HOUR
     "'historical':true,'values':{'mean':71.20,'min':40.00,'max':118.00},'unit':'ug/m3',"
     "'suppression_s':0,'spray_suspected_s':1200,'estimate':[],'n':60,'expected':60,'valid_ratio':1.0000,"
     "'largest_gap_s':0,'excluded':{'weather':0,'overload':0,'calibration':0,'fault':0,"
     "'missing':0},'limit':{'mean':150.00,'rules':['site/pm10-1h']},"
     "'q':'uncertain','flag':'N','weather':null,'time_quality':'synced'}"},
    {"a minute tells what was judged in it, and by which rules nothing could be", rendered_agg_minute,
     AGG_HEAD "'id':'north-gate-pm10:1m:2026-03-02T23:00:00+08:00'," GW EPOCH "'seq':918472,'quantity':'PM10',"
              "'from':'2026-03-02T23:00:00.000+08:00','to':'2026-03-02T23:01:00.000+08:00','period':'1m',"
              "'historical':false,'values':{'mean':71.20,'min':40.00,'max':118.00},'unit':'ug/m3',"
              "'suppression_s':0,'estimate':[],'n':1,'expected':1,'valid_ratio':1.0000,"
              "'largest_gap_s':0,'excluded':{'weather':0,'overload':0,'calibration':0,'fault':0,"
              "'missing':0},'limit':{'mean':150.00,'rules':['site/pm10-1h']},"
              "'q':'good','flag':'N','weather':null,'judged':["
              "{'rule':'site/pm10-1h','statistic':'PM10,1h','period':null,'n':1,'over':1,'worst':151.00,"
              "'limit':150.00,'from':'2026-03-02T22:01:00.000+08:00','to':'2026-03-02T23:01:00.000+08:00'},"
              "{'rule':'cn-gb12523-2025/leq-night','statistic':'LAeq,20min','period':'night','n':0,'over':0,"
              "'worst':null,'limit':55.00,'from':null,'to':null}],"
              "'work_detected':null,'time_quality':'synced'}"},
    {"a window in which nothing was expected has no ratio", rendered_agg_empty,
     AGG_HEAD DUST_ID AGG_HOUR "'historical':false,'values':{'mean':null,'min':null,'max':null},'unit':'ug/m3',"
                               "'suppression_s':null,'estimate':[],'n':0,'expected':0,'valid_ratio':null,"
                               "'largest_gap_s':0,'excluded':{'weather':0,'overload':0,'calibration':0,'fault':0,"
                               "'missing':0},'limit':null,"
                               "'q':'good','flag':'N','weather':{'wind_ms':null,'rain':true},'time_quality':'synced'}"},
    {"a state with the worst rule on top", rendered_state_alerting,
     STATE_HEAD "'sensor':'north-gate-noise','state':'alerting','rule':'cn-gb12523-2025/leq-night',"
                "'rules':[{'rule':'cn-gb12523-2025/leq-night','state':'alerting','previous':'forecast',"
                "'since':'2026-03-02T23:31:00.000+08:00','reason':'LAeq,20min 55.2 > 55.0','value':55.20,"
                "'limit':55.00,'forecast':{'probability':1.00,'crosses_at':null,'budget_s':0,'level_now':63.10}},"
                "{'rule':'cn-gb12523-2025/max-night','state':'normal','previous':'normal',"
                "'since':'2026-03-02T22:00:00.000+08:00','reason':null,'value':66.90,'limit':70.00}]}"},
    {"a state in the evening: the day's rule on top, the night's one foreseen and without a value",
     rendered_state_by_day,
     "{'schema':'siteward.state/1.0','ts':'2026-03-02T21:40:00.000+08:00'," GW "'sensor':'north-gate-noise',"
     "'state':'forecast','rule':'cn-gb12523-2025/leq-night',"
     "'rules':[{'rule':'cn-gb12523-2025/leq-night','state':'forecast','previous':'normal',"
     "'since':'2026-03-02T21:40:00.000+08:00','reason':'LAeq,20min over 55.0 in 1200 s','value':null,"
     "'limit':55.00,'forecast':{'probability':0.83,'crosses_at':'2026-03-02T22:00:00.000+08:00',"
     "'budget_s':1200,'level_now':63.10}},"
     "{'rule':'cn-gb12523-2025/max-night','state':'normal','previous':'normal','since':null,'reason':null,"
     "'value':null,'limit':70.00}]}"},
    {"a silent sensor with a matter underneath; no rule in force", rendered_state_held,
     STATE_HEAD "'sensor':'north-gate-noise','state':'nodata','rule':null,"
                "'rules':[{'rule':'cn-gb12523-2025/leq-night','state':'nodata','previous':'alerting',"
                "'since':'2026-03-02T23:31:00.000+08:00','held':'alerting','reason':'no counted reading',"
                "'value':null,'limit':55.00,'forecast':{'probability':null,'crosses_at':null,'budget_s':null,"
                "'level_now':null}}]}"},
    {"a sensor without rules", rendered_state_without_rules,
     STATE_HEAD "'sensor':'north-gate-pm10','state':'normal','rule':null,'rules':[]}"},
    {"an input changed", rendered_sensor_event,
     "{'schema':'siteward.event/1.0','id':'c5wn3y7bqe'," GW EPOCH "'seq':918402,'ts':'2026-03-02T23:41:03.118+08:00',"
     "'kind':'camera-trigger','active':true,'count':17," WORK_NIGHT "},'media':[]}"},
    {"a picture came", rendered_media_event,
     "{'schema':'siteward.event/1.0','id':'r7d2kq5m3a'," GW EPOCH "'seq':918403,'ts':'2026-03-02T23:41:03.642+08:00',"
     "'kind':'media','active':true,'count':5,'of':'c5wn3y7bqe','ticket':null,'camera':'gate','latency_ms':"
     "524," WORK_NIGHT "},'media':[{'id':'ba7fgc6x2q','kind':'image','at':'2026-03-02T23:41:03.642+08:00',"
     "'sha256':'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad','bytes':81211,"
     "'type':'image/jpeg'}]}"},
    {"a sensor's meta", rendered_meta,
     "{'schema':'siteward.sensor/1.0','ts':'2026-03-02T18:00:02.000+08:00','id':'north-gate-noise','name':'北门噪声',"
     "'kind':'noise','quantity':'LAeq','unit':'dBA','template':'siteward-node','class':'IEC 61672-1 class 2',"
     "'position':{'lat':31.223800,'lon':121.544000,'height_m':4.0,'place':'boundary'},'calibration':null,"
     "'interval_ms':1000,'periods':['1m','20m','1h','day','night']}"},
    {"a sensor of which little is known", rendered_meta_of_a_fed_sensor,
     "{'schema':'siteward.sensor/1.0','ts':'2026-03-02T18:00:02.000+08:00','id':'north-gate-pm10','name':null,"
     "'kind':'dust','quantity':'PM10','unit':'ug/m3','template':null,'class':null,"
     "'position':{'lat':null,'lon':null,'height_m':null,'place':'boundary'},'calibration':null,"
     "'interval_ms':60000,'periods':[]}"},
    {"a ticket", rendered_ticket,
     "{'schema':'siteward.ticket/1.0','id':'sw-7k2m4q5xza','number':'PD0042-20260302-007'," GW EPOCH
     "'seq':918455,'ts':'2026-03-02T23:52:10.000+08:00','revision':5,'origin':'preventive','category':'noise',"
     "'stage':'exceeded','attribution':'site','class':'A','status':'accepted','lamp':'over',"
     "'title':{'zh-CN':'夜间施工噪声超标(无许可)','en':'Night construction noise above limit (no permit)'},"
     "'rule':{'id':'cn-gb12523-2025/leq-night','pack_version':'2026.1','limit':55.00,'unit':'dBA'},"
     "'forecast':{'at':'2026-03-02T23:21:00.000+08:00','probability':0.83,"
     "'crosses_at':'2026-03-02T23:30:20.000+08:00','budget_s':560},"
     "'measured':{'sensor':'north-gate-noise','LAeq':61.80,'LAmax':74.90,'over_by':6.80,"
     "'from':'2026-03-02T23:31:00.000+08:00','to':null,'q':'good'}," WORK_NIGHT
     ",'schedule_revision':14,'rejudged':null},'matter_key':'pd-0042:noise:night:north-gate','previous':null,"
     "'reopens':0,'averted':null,'assignee':{'unit':'某某建设 项目部','person':'王工','phone':'021-00000000',"
     "'department':'浦东新区城管执法局','street':'花木街道'},'agency_responsible':'浦东新区城管执法局',"
     "'deadlines':{'respond_by':'2026-03-02T23:36:00.000+08:00','dispatch_by':'2026-03-03T00:01:00.000+08:00',"
     "'resolve_by':'2026-03-03T23:31:00.000+08:00'},"
     "'flags':{'escalated':false,'returned':false,'suspended':false,'forced':false,'overdue':[]},"
     "'suspended_until':null,'resolution':null,'satisfaction':null,"
     "'complaints':{'calls':6,'callers':4,'repeat_callers':1},"
     "'evidence':[{'id':'ba7fgc6x2q','kind':'image','at':'2026-03-02T23:41:03.000+08:00',"
     "'sha256':'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad','bytes':81211}],"
     "'history':[{'verb':'open','stage':'forecast','at':'2026-03-02T23:21:00.000+08:00',"
     "'by':{'id':'auto','role':'auto'},'door':'engine'},"
     "{'verb':'exceed','stage':'exceeded','at':'2026-03-02T23:31:00.000+08:00',"
     "'by':{'id':'auto','role':'auto'},'door':'engine'},"
     "{'verb':'dispatch','at':'2026-03-02T23:31:01.000+08:00','by':{'id':'host:12345-sh','role':'platform'},"
     "'door':'mqtt'},"
     "{'verb':'ack','at':'2026-03-02T23:34:30.000+08:00','by':{'id':'officer:2207','role':'officer'},'door':'mqtt'},"
     "{'verb':'accept','at':'2026-03-02T23:52:10.000+08:00','by':{'id':'party:wang','role':'party'},"
     "'door':'console'}],'history_total':5}"},
    {"a forecast in a replay: nothing measured, nobody named", rendered_ticket_of_a_forecast,
     "{'schema':'siteward.ticket/1.0','id':'sw-aaaaaaaaaa','number':'PD0042-20260302-001'," GW
     "'ts':'2026-03-02T21:45:00.000+08:00','revision':1,'origin':'preventive','category':'noise',"
     "'stage':'forecast','attribution':'unknown','class':'B','status':'open','lamp':'near',"
     "'title':{'zh-CN':'夜间施工噪声超标(无许可)','en':'Night construction noise above limit (no permit)'},"
     "'rule':{'id':'cn-gb12523-2025/leq-night','pack_version':'2026.1','limit':55.00,'unit':'dBA'},"
     "'forecast':{'at':'2026-03-02T21:45:00.000+08:00','probability':1.00,"
     "'crosses_at':'2026-03-02T22:00:00.000+08:00','budget_s':900},'measured':null,"
     "'work':{'state':'no_schedule','permitted':null,'schedule_revision':null,'rejudged':null},"
     "'matter_key':'pd-0042:noise:night:north-gate','previous':'sw-bbbbbbbbbb','reopens':0,'averted':null,"
     "'assignee':{'unit':null,'person':null,'phone':null,'department':null,'street':null},"
     "'agency_responsible':null,'deadlines':{'respond_by':null,'dispatch_by':null,'resolve_by':null},"
     "'flags':{'escalated':false,'returned':false,'suspended':false,'forced':false,'overdue':[]},"
     "'suspended_until':null,'resolution':null,'satisfaction':null,"
     "'complaints':{'calls':0,'callers':0,'repeat_callers':0},'evidence':[],"
     "'history':[{'verb':'open','stage':'forecast','at':'2026-03-02T21:45:00.000+08:00',"
     "'by':{'id':'auto','role':'auto'},'door':'engine'}],'history_total':1,'simulated':true}"},
    {"work at night that nobody permitted: heard, over no limit, and over by now", rendered_ticket_of_work,
     "{'schema':'siteward.ticket/1.0','id':'sw-dddddddddd','number':'PD0042-20260302-001'," GW EPOCH
     "'seq':4,'ts':'2026-03-02T23:00:00.000+08:00','revision':1,'origin':'schedule','category':'work',"
     "'stage':null,'attribution':'site','class':'B','status':'open','lamp':'ok',"
     "'title':{'zh-CN':'夜间施工噪声超标(无许可)','en':'Night construction noise above limit (no permit)'},"
     "'rule':null,'forecast':null,"
     "'measured':{'sensor':'north-gate-noise','LAeq':61.20,'LAmax':null,'over_by':null,"
     "'from':'2026-03-02T22:30:00.000+08:00','to':'2026-03-02T23:00:00.000+08:00','q':'good'},"
     "'work':{'state':'prohibited_night','permitted':false,'schedule_revision':null,'rejudged':null},"
     "'matter_key':'pd-0042:work:night:site','previous':null,'reopens':0,'averted':null,"
     "'assignee':{'unit':null,'person':null,'phone':null,'department':null,'street':null},"
     "'agency_responsible':null,'deadlines':{'respond_by':null,'dispatch_by':null,'resolve_by':null},"
     "'flags':{'escalated':false,'returned':false,'suspended':false,'forced':false,'overdue':[]},"
     "'suspended_until':null,'resolution':null,'satisfaction':null,"
     "'complaints':{'calls':0,'callers':0,'repeat_callers':0},'evidence':[],"
     "'history':[{'verb':'open','at':'2026-03-02T21:45:00.000+08:00',"
     "'by':{'id':'auto','role':'auto'},'door':'engine'}],'history_total':1}"},
    {"a dust matter that ended: the value under its own name, the resolution, every flag", rendered_ticket_of_dust,
     "{'schema':'siteward.ticket/1.0','id':'sw-cccccccccc','number':'PD0042-20260302-002'," GW EPOCH
     "'seq':3,'ts':'2026-03-02T12:00:00.000+08:00','revision':9,'origin':'exceedance','category':'dust',"
     "'stage':'recovered','attribution':'unknown','class':'C','status':'averted','lamp':'ok',"
     "'title':{'zh-CN':'夜间施工噪声超标(无许可)','en':'Night construction noise above limit (no permit)'},"
     "'rule':null,'forecast':null,"
     "'measured':{'sensor':'north-gate-pm10','PM10':180.50,'over_by':30.50,'from':'2026-03-02T10:00:00.000+08:00',"
     "'to':'2026-03-02T11:00:00.000+08:00','q':'uncertain'},"
     "'work':{'state':'scheduled','permitted':true,'schedule_revision':null,"
     "'rejudged':{'at':'2026-03-02T12:00:00.000+08:00','state':'unscheduled','permitted':false}},"
     "'matter_key':'pd-0042:dust:day:north-gate','previous':null,'reopens':2,'averted':{'acted':true},"
     "'assignee':{'unit':null,'person':null,'phone':null,'department':null,'street':null},"
     "'agency_responsible':null,'deadlines':{'respond_by':null,'dispatch_by':null,'resolve_by':null},"
     "'flags':{'escalated':true,'returned':true,'suspended':true,'forced':true,"
     "'overdue':['respond','dispatch','resolve']},'suspended_until':'2026-03-03T00:00:00.000+08:00',"
     "'resolution':{'measure':'stopped-machine','text':'泵停机'},'satisfaction':'satisfied',"
     "'complaints':{'calls':0,'callers':0,'repeat_callers':0},'evidence':[],"
     "'history':[{'verb':'open','at':'2026-03-02T10:00:00.000+08:00','by':{'id':'auto','role':'auto'},"
     "'door':'engine'}],'history_total':60}"},
    {"a ticket's event", rendered_ticket_event,
     "{'schema':'siteward.ticket-event/1.0','id':'m4tq7zk2dh'," GW EPOCH "'seq':918456,"
     "'ts':'2026-03-02T23:52:10.000+08:00','ticket':'sw-7k2m4q5xza','revision':5,'verb':'accept',"
     "'status':'accepted','at':'2026-03-02T23:52:10.000+08:00','by':{'id':'party:wang','role':'party'},"
     "'note':'正在停机,15 分钟内撤场'}"},
    {"water on a dust sensor", rendered_alert,
     "{'schema':'siteward.alert/1.0','ts':'2026-03-02T10:21:30.000+08:00','code':'SW-S031','severity':'warning',"
     "'subject':'sensor/north-gate-pm10','since':'2026-03-02T10:20:00.000+08:00',"
     "'text':{'zh-CN':'北门颗粒物:疑似喷水影响颗粒物传感器:湿度骤升同时浓度骤降',"
     "'en':'北门颗粒物: water on the dust sensor suspected: humidity jumped while dust dropped'},"
     "'fix':{'zh-CN':'到现场查看雾炮、喷淋和洒水车是否对准监测设备,调整后再测',"
     "'en':'Look whether a mist cannon, spray or water cart reaches the sensor, and turn it away'},"
     "'docs':'https://siteward.example/alerts/SW-S031'}"},
    {"a line that is gone, with what the machine says", rendered_alert_with_detail,
     "{'schema':'siteward.alert/1.0','ts':'2026-03-02T10:21:30.000+08:00','code':'SW-B001','severity':'critical',"
     "'subject':'bus/rs485-1','since':'2026-03-02T10:20:00.000+08:00',"
     "'text':{'zh-CN':'rs485-1:总线超过 1 分钟无法打开',"
     "'en':'rs485-1: the line could not be opened for more than a minute'},"
     "'fix':{'zh-CN':'检查转换器、网线和供电;运行 siteward status 查看原因',"
     "'en':'Check the converter, its cable and its power; siteward status names the cause'},"
     "'detail':'/dev/ttyUSB0: No such file or directory',"
     "'docs':'https://siteward.example/alerts/SW-B001','simulated':true}"},
    {"an output that ran as long as it may", rendered_output_that_rests,
     "{'schema':'siteward.output/1.0','ts':'2026-03-02T14:10:00.000+08:00','gw':'gw-7f3a','id':'mist','name':'雾炮',"
     "'kind':'mist','state':'off','wanted':'off','reason':'longest-on-time',"
     "'text':{'zh-CN':'已达最长运行时间','en':'it ran as long as it may'},"
     "'since':'2026-03-02T14:10:00.000+08:00','mode':'auto','on_s_today':1200,"
     "'rest_until':'2026-03-02T14:15:00.000+08:00','fault':null,'q':'good'}"},
    {"a board that does not answer", rendered_output_that_is_silent,
     "{'schema':'siteward.output/1.0','ts':'2026-03-02T14:10:00.000+08:00','gw':'gw-7f3a','id':'gate-board',"
     "'name':'gate-board','kind':'board','state':'unknown','wanted':'on','reason':'rule',"
     "'text':{'zh-CN':'传感器预警或超标','en':'a sensor asks for it'},'since':null,'mode':'auto','on_s_today':null,"
     "'rest_until':null,'fault':'nobody answered','q':'bad'}"},
    {"a summary", rendered_summary,
     "{'schema':'siteward.summary/1.0','ts':'2026-03-02T23:41:02.000+08:00','lamp':'over',"
     "'headline':{'zh-CN':'夜间超标 6.8 dB,无施工许可','en':'Night limit exceeded by 6.8 dB, no permit'},"
     "'noise':{'sensor':'north-gate-noise','LAeq_20m':61.80,'limit':55.00},"
     "'dust':{'sensor':'north-gate-pm10','mean':71.20,'unit':'ug/m3'},'name':'丁香路 12-3 地块',"
     "'worst':{'ticket':'sw-7k2m4q5xza','class':'A','over_by':6.80,'since':'2026-03-02T23:31:00.000+08:00',"
     "'assignee':'某某建设 项目部','overdue':[]}," WORK_NIGHT
     ",'period':'night','until':'2026-03-03T06:00:00.000+08:00'},'tickets':{'open':1,'overdue':0},"
     "'complaints_24h':{'calls':6,'callers':4},'sensors':{'ok':5,'total':5}}"},
    {"a summary of a site that just started", rendered_summary_of_a_new_site,
     "{'schema':'siteward.summary/1.0','ts':'2026-03-02T18:00:02.000+08:00','lamp':'nodata',"
     "'headline':{'zh-CN':'无有效数据','en':'No valid data'},'noise':null,'dust':null,'name':'丁香路 12-3 地块',"
     "'worst':null,'work':{'state':'no_schedule','permitted':null,'period':null,'until':null},"
     "'tickets':{'open':0,'overdue':0},'complaints_24h':{'calls':0,'callers':0},'sensors':{'ok':0,'total':0}}"},
    {"a schedule", rendered_schedule,
     "{'schema':'siteward.schedule/1.0','revision':14,'ts':'2026-03-02T09:00:00.000+08:00','tz':'Asia/Shanghai',"
     "'items':[{'uid':'hours-weekday','kind':'work','summary':{'zh-CN':'公示工时'},'source':'file',"
     "'status':'confirmed','revision':1,'published':'2026-03-02T08:00:00.000+08:00',"
     "'claimed_published':'2026-03-02T07:00:00.000+08:00','dtstart':'2026-01-01T06:00:00','duration':'PT16H',"
     "'rrule':'FREQ=DAILY'},"
     "{'uid':'permit-2026-0310','kind':'permit','permit_no':'沪浦夜施 2026-0310','reason':'concrete-pour',"
     "'issued_by':'浦东新区生态环境局','source':'file','status':'unconfirmed','revision':1,"
     "'published':'2026-03-02T08:00:01.000+08:00','claimed_published':null,'dtstart':'2026-03-10T22:00:00',"
     "'duration':'PT8H','granted_at':'2026-03-02T06:00:00.000+08:00',"
     "'valid_from':'2026-03-02T22:00:00.000+08:00','valid_to':'2026-03-02T23:00:00.000+08:00',"
     "'notice_posted_at':'2026-03-02T05:00:00.000+08:00'},"
     "{'uid':'gaokao-2026','kind':'quiet','source':'broadcast','status':'cancelled','revision':1,"
     "'published':'2026-03-02T08:00:02.000+08:00','claimed_published':null,"
     "'cancelled':'2026-03-02T08:30:00.000+08:00','dtstart':'2026-06-05T00:00:00','duration':'P5D'}]}"},
    {"the birth", rendered_status,
     "{'schema':'siteward.status/1.0','state':'ready','boot':'01JNZ5Q0T7','since':'2026-03-02T18:00:02.114+08:00',"
     "'ts':'2026-03-02T18:00:02.114+08:00'}"},
    {"the will has no ts", rendered_will,
     "{'schema':'siteward.status/1.0','state':'lost','boot':'01JNZ5Q0T7','since':'2026-03-02T18:00:02.114+08:00'}"},
    {"the gateway's info", rendered_info,
     "{'schema':'siteward.info/1.0','ts':'2026-03-02T18:00:02.200+08:00',"
     "'gateway':{'id':'gw-7f3a','name':'北门配电箱','model':'siteward','sw_version':'1.0.0','hw_version':null,"
     "'serial':null},'site':{'id':'pd-0042','area':'310115','name':'丁香路 12-3 地块',"
     "'address':'上海市浦东新区丁香路','lat':31.223700,'lon':121.544100,'crs':'WGS84','permit_no':'310115202500123',"
     "'owner_unit':'某某建设','agency_responsible':'浦东新区城管执法局','subdistrict':'花木街道',"
     "'serves':['丁香路','丁香小区']},"
     "'packs':[{'id':'cn-gb12523-2025','version':'2026.1',"
     "'sha256':'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}],'tz':'Asia/Shanghai',"
     "'public_key':null,'sensors':['north-gate-noise','north-gate-pm10','gate-camera-trigger'],"
     "'api':{'mqtt':'1.0','asyncapi':null}}"},
    {"the configuration, as written and where", rendered_config,
     "{'schema':'siteward.config/1.0','revision':8,'ts':'2026-03-02T18:00:02.000+08:00',"
     "'config_schema':'urn:siteward:config:1','config':{'devices':{'north-gate':{'template':'siteward-node',"
     "'bus':'rs485-1','address':1}},'publish':{'live_interval':'5s'}},"
     "'origin':{'/devices':'/etc/siteward/conf.d/10-wizard.yaml','/publish/live_interval':'remote'},"
     "'restart_required':false}"},
    {"a configuration that does not fit a message says so", rendered_config_that_does_not_fit,
     "{'schema':'siteward.config/1.0','revision':9,'ts':'2026-03-02T18:00:02.000+08:00',"
     "'config_schema':'urn:siteward:config:1','config':{},'origin':{},'restart_required':true,'incomplete':true}"},
    {"health", rendered_health,
     "{'schema':'siteward.health/1.0','ts':'2026-03-02T23:41:00.000+08:00','uptime_s':20458,"
     "'clock':{'synced':true,'offset_ms':4.000},'outbox':{'pending':0,'oldest_s':0,'bytes':0,'given_up':0},"
     "'disk_free_bytes':3221225472,'db_bytes':73400320,'cpu_temp_c':54.1,'memory_bytes':12582912,'load_1m':0.12,"
     "'console':{'listening':true,'why':null},"
     "'bus':[{'id':'rs485-1','polls':17280,'errors':12}]}"},
    {"health of what is not known: null, never 0", rendered_health_of_what_is_not_known,
     "{'schema':'siteward.health/1.0','ts':'2026-03-02T23:41:00.000+08:00','uptime_s':0,"
     "'clock':{'synced':null,'offset_ms':null},'outbox':{'pending':7,'oldest_s':61,'bytes':8192,'given_up':3},"
     "'disk_free_bytes':null,'db_bytes':null,'cpu_temp_c':null,'memory_bytes':null,'load_1m':null,"
     "'console':{'listening':false,'why':'port 8480 of 127.0.0.1 is taken by another program'},'bus':[]}"},
    {"what became of a change of the configuration", rendered_answer_to_a_patch,
     "{'schema':'siteward.res/1.0','request_id':'p-77','ts':'2026-03-02T18:05:00.000+08:00','status':'ok',"
     "'data':{'ticket':null,'status':null,'revision':9,'restart_required':true}}"},
    {"a checkpoint", rendered_checkpoint,
     "{'schema':'siteward.checkpoint/1.0','ts':'2026-03-02T23:00:00.020+08:00','gw':'gw-7f3a','epoch':'k3f7q2mz',"
     "'seq':918233,'chain_head':'9af9652503f6546867fe6a84aaadc1ea682c237b6d0b3e7ad795e0686ccc1a51','n':3,"
     "'alg':'sha256+ed25519','key_id':'gw-7f3a',"
     "'signature':'dv3jiUb7RGQKbrDXR61nHgDFnNklieP06D2qjTuovbLtGg0U6ssBSNICqnyNmaocYl91ZI9F86RRuDX38oFEDA=='}"},
    {"numbers that will never be sent", rendered_gap,
     "{'schema':'siteward.gap/1.0','ts':'2026-03-02T18:00:05.000+08:00','gw':'gw-7f3a','epoch':'k3f7q2mz',"
     "'seq':181290,'from':171204,'to':181207,'ranges':[[171204,180111],[180113,180113],[180115,181207]],'n':10002,"
     "'class':'window-1m','reason':'shed'}"},
    {"a command was done", rendered_answer_done,
     "{'schema':'siteward.res/1.0','request_id':'c-20260303-00017','ts':'2026-03-02T23:34:30.000+08:00','status':'ok',"
     "'data':{'ticket':'sw-7k2m4q5xza','status':'resolved','revision':6}}"},
    {"a command was refused, and how the ticket is", rendered_answer_refused,
     "{'schema':'siteward.res/1.0','request_id':'c-1','ts':'2026-03-02T23:34:30.000+08:00','status':'error',"
     "'error':{'type':'urn:siteward:error:conflict','title':'It has changed since',"
     "'detail':'revision 4 is older than 5','hint':'Look at the current document and send the command again with its "
     "revision and a new id','current':{'schema':'siteward.ticket/1.0','id':'x','revision':5}}}"},
    {"a complaint about nothing that was measured", rendered_answer_to_a_complaint,
     "{'schema':'siteward.res/1.0','request_id':'k-1','ts':'2026-03-02T23:34:30.000+08:00','status':'ok',"
     "'data':{'outcome':'nothing-measured','ticket':null,'number':null,'why':'within_limit_permitted',"
     "'repeated':false,'status':null,'revision':null},'answer':null}"},
    {"the same answer to another id", rendered_answer_again,
     "{'schema':'siteward.res/1.0','request_id':'k-\\'22\\'','ts':'2026-03-02T23:34:30.000+08:00','status':'ok',"
     "'data':{'outcome':'nothing-measured','ticket':null,'number':null,'why':'within_limit_permitted',"
     "'repeated':false,'status':null,'revision':null},'answer':null}"},
    {"an answer about a night, signed", document_evidence, document_evidence_want},
    {"the info of a simulated site of which little is known", rendered_info_of_a_simulated_site,
     "{'schema':'siteward.info/1.0','ts':'2026-03-02T18:00:02.000+08:00',"
     "'gateway':{'id':'gw-7f3a','name':null,'model':'siteward','sw_version':'1.0.0','hw_version':null,"
     "'serial':null},'site':{'id':'pd-0042','area':'310115','name':'丁香路 12-3 地块','address':null,'lat':null,"
     "'lon':null,'crs':'WGS84','permit_no':null,'owner_unit':null,'agency_responsible':null,'subdistrict':null,"
     "'serves':[]},"
     "'packs':[],'tz':'Asia/Shanghai','public_key':null,'sensors':[],'api':{'mqtt':'1.0','asyncapi':null},"
     "'simulated':true}"},
};

const size_t document_cases_n = SW_ARRAY_SIZE(document_cases);
