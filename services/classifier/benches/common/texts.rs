//! Messages made up for measuring, about 200 characters each, of the length and manner of what people write.

/// To the hotline of Beijing.
pub(crate) const CHINESE: [&str; 8] = [
    "您好，我住在朝阳区望京街道的一个老旧小区，从上周三开始家里的暖气一直不热，室温只有十五度左右，家里有老人和孩子，物业说是热力公司\
     的问题，热力公司又说是小区管道的问题，打了几次电话都没有人来。小区门口的路灯也坏了一个多月，晚上孩子放学回家要摸黑走一段路，旁边又在\
     施工，渣土车来来往往，灰尘和噪音都很大，希望有关部门尽快协调解决供暖和路灯的问题，也请城管部门到工地现场看一看，给居民一个答复。",
    "海淀区中关村大街路边有一个井盖缺失，晚上路灯又不亮，已经有骑车的人在这里摔倒了，非常危险，旁边只放了一个三角牌，反映过两次没有人\
     处理。前天下雨以后这一段路面积水很深，行人只能从绿化带里绕过去，电动车和汽车又抢道，差一点撞到接孩子的老人。请尽快安排人员维修井盖和\
     路灯，疏通雨水管道，避免再次发生事故，也希望能够给出一个明确的答复时间，并说明这条路究竟由哪一个单位负责日常的养护和巡查工作。",
    "请问在丰台区办理居住证需要什么材料？我在网上预约了三次都没有成功，系统一直提示稍后再试，打电话咨询也没有人接听。孩子今年九月要上小\
     学，需要提前准备好居住证明和社保缴费证明，不知道能不能在街道的服务大厅直接办理，是不是一定要房东本人到场，租房合同没有备案行不行。另外\
     听说非京籍学生入学的政策今年有调整，想了解一下五证审核从哪一天开始，材料是交到学校还是交到街道，请告知具体的办理流程和咨询电话。",
    "我们楼下的烧烤店每天营业到凌晨两点，油烟直接排到居民楼里，客人喝酒大声喧哗，严重影响周边居民休息，老人和孩子都睡不好觉。之前投诉过\
     一次，城管来了之后好了两天，现在又恢复原样了，店门口还摆了十几张桌子，占了整条人行道，路过的人只能走到机动车道上。我们和老板说过很多次，\
     他说自己有营业执照，谁来也不怕。希望相关部门能够认真查处，把占道的桌椅清走，检查油烟净化设备是不是正常运行，给居民一个安静的环境。",
    "我是昌平区回龙观街道的居民，我们小区六号楼二单元的电梯这个月已经停运了四次，每次维修之后用不了几天又坏，昨天晚上还有一位带着婴儿的\
     住户被困在里面二十多分钟才被放出来。楼里住着不少腿脚不方便的老人，电梯一停就没法下楼买菜看病。找物业，物业说公共维修基金申请不下来；找\
     维保单位，维保单位说部件要等厂家发货。请市场监管部门查一查这部电梯的年检和维保记录，督促物业尽快更换老化的部件，保障居民出行安全。",
    "建议在西城区广安门外大街的公交站增加遮雨棚和座椅。现在这个站有七条线路停靠，早晚高峰等车的人排到了路口，夏天晒冬天冷，下雨的时候老人\
     和抱孩子的乘客没有地方躲。另外站牌上的电子显示屏从去年年底就不亮了，看不到下一班车还有几站，手机软件上的到站时间也常常不准，有时候等了\
     半个小时一下子来三辆。希望公交集团和交通部门能够调整一下发车间隔，把站台改造列入今年的计划，让大家坐公交更方便一些，谢谢你们的工作。",
    "通州区梨园镇某小区开发商延期交房已经一年半，当初合同约定前年十二月底交付，到现在外墙还没有做完，工地上只有几个看门的人。我们每个月一边\
     还房贷一边交房租，压力非常大，多次到售楼处要说法，接待的人换了一拨又一拨，只说资金紧张，让我们再等一等。请住建部门公布这个项目预售资金\
     监管账户的情况，约谈开发商和施工单位，给出明确的复工计划和交房时间，并依法处理他们虚假宣传学区和擅自更改小区规划的问题，拜托了。",
    "顺义区后沙峪镇一条村路旁边的空地最近半年成了垃圾场，每天夜里都有大车偷倒建筑垃圾和装修废料，堆得比围墙还高，风一吹塑料袋和白灰到处飞，\
     夏天污水流进旁边的水渠，臭味很重，苍蝇蚊子特别多，附近几户人家窗户都不敢开。村里说地是承包出去的管不了，镇上的环卫来看过一次，拍了照片\
     就走了。请环保部门和城管部门夜间来检查一下，查清楚是哪里的车在倒，该罚的罚，把已经堆着的垃圾清运干净，再装一个摄像头盯着，谢谢。",
];

/// To 311 of New York.
pub(crate) const ENGLISH: [&str; 8] = [
    "There has been no heat and no hot water in our building in Washington Heights since last Friday. The landlord does not \
     answer the phone, and my neighbour on the third floor has a newborn baby. Please send an inspector.",
    "A car has been parked across my driveway near Flushing since this morning and I cannot get out to work. The plate is from \
     out of state. I called the precinct twice and nobody came. This happens almost every week here.",
    "The people upstairs play loud music every night until three or four, and there is banging on the floor. We have asked them \
     to stop many times. It is an apartment house in Park Slope, Brooklyn, and several families complain.",
    "Huge potholes opened on the corner after the snow; two cars have already broken a wheel, and the street light above is out, \
     so at night nobody can see them. It is right next to the school crossing in Astoria.",
    "The garbage on our block in Bushwick has not been collected for two weeks. Bags are piled up in front of the bodega, rats \
     run across the sidewalk even by day, and the smell comes into the apartments on the first floor.",
    "I would like to know how to get a parking permit for a moving truck in Harlem, and whether I have to post signs myself. The \
     website sends me from one page to the other, and the form asks for a number that I do not have.",
    "Somebody dumped a sofa, tires and what looks like paint cans at the dead end near the Gowanus canal. It was there last month \
     too and nobody cleared it. Children play nearby, and one of the cans is leaking into the storm drain.",
    "A large branch broke off the tree in front of our house on Staten Island during the storm and is hanging over the sidewalk on \
     a cable. People walk under it on the way to the ferry. Please have it cut before it falls on someone.",
];
