//! Words by which languages of the Latin script are known: those that every sentence has, and those that people say to a
//! hotline. Lower-case, without accents, as [`super::words`] folds them. A word of several languages stands in each.

use super::words::Tongue;

/// The words of each language, parted by spaces.
pub(super) const WORDS: [(Tongue, &str); 16] = [
    (Tongue::English, ENGLISH),
    (Tongue::Spanish, SPANISH),
    (Tongue::French, FRENCH),
    (Tongue::Haitian, HAITIAN),
    (Tongue::Portuguese, PORTUGUESE),
    (Tongue::Italian, ITALIAN),
    (Tongue::German, GERMAN),
    (Tongue::Polish, POLISH),
    (Tongue::Vietnamese, VIETNAMESE),
    (Tongue::Indonesian, INDONESIAN),
    (Tongue::Turkish, TURKISH),
    (Tongue::Dutch, DUTCH),
    (Tongue::Romanian, ROMANIAN),
    (Tongue::Tagalog, TAGALOG),
    (Tongue::Albanian, ALBANIAN),
    (Tongue::Pinyin, PINYIN),
];

const ENGLISH: &str = "is my of to and are but can has have had her him his he she its it in on at by for be been not no \
    our out the was you your does do did from into that they them this these those were what when with about after could \
    every their there where which would cannot should because who whom whose will shall may must we us or as an if so \
    than then any all other only own same such more most some nobody nothing everyone someone somebody anyone still \
    again since until during before without through between against over under near next same left right here how why \
    isn aren don doesn didn won wasn hasn haven couldn please thank thanks hello help need want come came called call \
    complaint report repair fix fixed broken broke leak leaking water heat heating hot cold noise noisy loud music \
    street light lights sidewalk trash garbage pothole building apartment landlord tenant floor neighbor neighbour \
    neighbors parking parked car truck dog rats mice roof smoke fire gas smell day days week weeks month months night \
    morning year years old new people children school right rights freedom law article human person shall power \
    outage working work out down upstairs downstairs door window elevator stuck dirty blocked driveway tree fell off \
    years ago minutes hours always every never ever very much many lot";

const SPANISH: &str = "el los las una unos unas del al que y en por para con sin sobre entre es son esta estan este esto \
    estos estas ese esa eso era fue ser estar hay tiene tienen tengo tenemos mi mis su sus nuestro nuestra nuestros lo le \
    les se nos me te no ni si ya muy mas pero porque cuando donde como quien cual hace hacen desde hasta todo todos toda \
    todas nadie nada alguien algo otro otra cada tambien solo bien mal aqui ahi alli hoy ayer manana dia dias noche noches \
    semana semanas mes meses ano anos persona personas derecho derechos ley libertad articulo gracias favor ayuda \
    ayudenos necesito necesitamos quiero vecino vecinos vecina casero dueno edificio apartamento casa calle agua \
    caliente calefaccion luz ruido basura ratas cucarachas goteras techo fuga huele olor gas humo fuego carro perro puerta ventana \
    ascensor elevador funciona roto rota frio sucio sucia preambulo ahora tanto vivo vivimos llamado llame arreglar bache \
    semaforo arbol cayo parqueo estacionado tres dos cinco y o un de la";

const FRENCH: &str = "le les la un une des du de d l j n s c m qu et est sont dans pour par avec sans sur sous chez entre \
    que qui quoi dont ou mais donc car ne pas plus rien jamais tout tous toute toutes ce cet cette ces mon ma mes son sa \
    ses notre nos votre vos leur leurs il elle ils elles nous vous je tu on au aux y en ai as a avons avez ont etait ete \
    etre avoir fait faire depuis pendant avant apres encore deja tres trop beaucoup peu aussi comme quand comment \
    pourquoi quelqu personne personnes droit droits loi liberte article premier bonjour merci aide aidez svp plait besoin \
    immeuble appartement maison rue eau chaude chauffage lumiere bruit poubelle poubelles ordures rats souris cafards \
    fuite toit gaz odeur fumee feu voiture chien porte fenetre ascenseur panne casse froid sale voisin voisins voisine \
    proprietaire jour jours nuit nuits semaine semaines mois ans annee hier demain matin soir preambule assemblee generale \
    trois deux lampadaire trottoir electricite coupure arbre tombe gare bloque";

const HAITIAN: &str = "mwen ou li nou yo pa gen nan ak pou ki se sa te ap pral ka poukisa kote kay lakay dlo cho limye \
    kouran chofaj bri fatra lari moun timoun vwazen vwazin met anyen tout chak jou semenn mwa ane lanwit maten depi toujou \
    anpil tanpri mesi ede edem edew bezwen vle bonjou sou anba devan deye anndan deyo fe fet kraze rat rapo elevate fwet \
    frajil gaz dife lafimen machin bilding apatman chanm twalet pot fenet twati koule santi pouri malad paske le lapolis \
    gade vin vini rele reponn repare ranje pesonn okenn yon de twa kat senk sis nimewo m w l n";

const PORTUGUESE: &str = "o os a as um uma uns umas do da dos das no na nos nas ao aos pelo pela em que e de para por com \
    sem sobre entre sao esta estao este esta isto esse essa isso era foi ser estar ha tem tenho temos meu minha meus \
    minhas seu sua nosso nossa lhe se nao nem sim ja muito mais mas porque quando onde como quem qual faz desde ate todo \
    todos toda todas ninguem nada alguem algo outro outra cada tambem so bem mal aqui ali hoje ontem amanha dia dias noite \
    noites semana semanas mes meses ano anos pessoa pessoas direito direitos lei liberdade artigo obrigado obrigada favor \
    ajuda ajudem preciso precisamos quero vizinho vizinhos vizinha predio apartamento casa rua agua quente aquecimento luz \
    barulho lixo ratos baratas vazamento telhado gas fumaca fogo carro cachorro porta janela elevador funciona quebrado \
    quebrada frio sujo esgoto buraco poste preambulo agora portanto tres dois duas moro moramos";

const ITALIAN: &str = "il lo la i gli le un uno una del dello della dei degli delle al allo alla ai agli alle dal dalla \
    nel nella nei nelle sul sulla e di da in con per tra fra che chi cui non piu ma anche se come quando dove perche \
    sono ho hai ha abbiamo avete hanno era stato stata essere avere mio mia miei nostro nostra suo sua loro questo \
    questa questi queste quello quella ogni tutto tutti tutta tutte niente nessuno qualcuno altro altri molto troppo \
    sempre mai ancora gia da tre due giorni giorno notte notti settimana settimane mese mesi anno anni persona persone \
    individuo diritto diritti legge liberta articolo ciao buongiorno grazie prego aiuto aiutateci bisogno vicino vicini \
    palazzo appartamento casa strada acqua calda riscaldamento luce rumore rumori spazzatura rifiuti topi scarafaggi \
    perdita tetto gas odore fumo fuoco macchina cane porta finestra ascensore rotto rotta guasto freddo sporco lampione \
    buca marciapiede proprietario preambolo assemblea generale proclama funziona c l d un all dell nell sull";

const GERMAN: &str = "der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine keinen ist \
    sind war waren sein haben hat habe hatte wird werden wurde kann konnen muss mussen soll ich du er sie es wir ihr mich \
    mir uns euch ihm ihn mein meine unser unsere in im an am auf aus bei beim mit nach seit von vom vor zu zum zur uber \
    unter zwischen fur durch ohne gegen um dass wenn weil als wie wo was wer welche auch noch schon sehr mehr nur immer \
    wieder jeder jede jeden alle alles niemand nichts hier heute gestern morgen tag tagen nacht nachts woche wochen monat \
    monaten jahr recht rechte gesetz freiheit artikel mensch menschen person bitte danke hilfe brauche brauchen nachbar \
    nachbarn vermieter haus wohnung strasse wasser warmes heizung licht larm laut mull ratten dach geruch rauch feuer auto \
    hund tur fenster aufzug kaputt kalt schmutzig strom ausfall praambel drei zwei funktioniert strasse";

const POLISH: &str = "nie jest sa sie w z na do od po za przez dla przy pod nad i a oraz albo lub ale bo ze czy jak kiedy \
    gdzie kto co ktory ktora ktore ten ta to te tym tego tej moj moja moje nasz nasza naszym naszej naszego jego jej ich \
    mi mnie nam nas mamy mam ma maja byl byla bylo byc bardzo juz jeszcze tylko tez takze od trzech dwoch dni dnia dzien \
    noc nocy tydzien tygodnia tygodni miesiac rok lat prosze dziekuje pomoc pomocy pomozcie potrzebuje sasiad sasiedzi \
    sasiada wlasciciel dom budynku budynek mieszkanie mieszkaniu ulica ulicy woda wody ciepla cieplej ogrzewania ogrzewanie \
    swiatlo swiatla halas glosna muzyka smieci szczury karaluchy przeciek cieknie dach dachu gaz gazu zapach dym pozar \
    samochod pies drzwi okno winda dziala zepsuta zepsuty zimno brudno dziura chodnik chodniku latarnia pradu prad kazdy \
    czlowiek prawo prawa artykul wolnosc nikt nic";

const VIETNAMESE: &str = "khong co la va cua cho cac nhung nay do thi duoc bi da dang se roi voi trong ngoai tren duoi \
    tai tu den ve mot hai ba nguoi toi chung minh ong anh chi em nha nuoc dien den duong hem chung cu toa tang phong \
    hang xom on ao qua rat lam nhieu rac thoi mui chuot gian do mai nuoc ro ri gas khoi chay xe cho cua thang may hong \
    lanh ban ngay dem tuan thang nam xin giup cam vui long can muon quyen dieu luat moi khi nhu vi sao neu cung phai \
    lai ra vao bao gio hom qua mat suoi am";

const INDONESIAN: &str = "yang dan di ke dari untuk dengan pada dalam adalah ini itu tidak tak bukan ada saya kami kita \
    anda dia mereka atau juga sudah belum akan sedang telah dapat bisa harus oleh sebagai karena jika kalau agar supaya \
    setiap semua orang hak atas hukum kebebasan pasal seseorang tiap sangat lebih lagi sejak selama hari malam minggu \
    bulan tahun tolong terima kasih mohon bantu butuh rumah apartemen gedung jalan air panas listrik mati lampu bising \
    berisik sampah tikus bocor atap bau asap api mobil anjing pintu jendela rusak dingin kotor tetangga pemilik got \
    banjir lubang mukadimah para tanpa antara secara hal";

const TURKISH: &str = "ve bir bu su da de ki mi mu icin ile gibi kadar daha cok en var yok degil ne nasil neden nerede kim \
    her hic hicbir ben sen biz siz onlar benim bizim onun sonra once beri gun gundur gece hafta haftadir ay aydir yil \
    lutfen tesekkur yardim edin istiyorum gerek komsu komsum ev evimde evde bina binada binamizda daire apartman sokak \
    sokakta cadde suyu sular sicak soguk isitma kalorifer elektrik elektrikler kesik kesildi gurultu ses muzik cop copler \
    fare hamambocegi cati akiyor gaz kokusu koku duman yangin araba araci kopek kapi pencere asansor bozuk calismiyor \
    kirli lamba yaniyor yanmiyor cukur kimse hak hakki madde olan olarak ediyor geliyor uc iki";

const DUTCH: &str = "de het een en van is dat die niet geen met voor op in aan te er zijn was ook naar uit bij door over \
    om maar als wat wie hoe waar ik je hij zij we wij ons onze mijn jullie ze hun heb heeft hebben wordt worden kan moet \
    nog al veel meer altijd iemand niemand niets sinds dagen dag nacht week weken maand jaar alstublieft bedankt dank help \
    hulp buren buurman huis woning gebouw straat water warm verwarming licht lawaai vuilnis afval ratten dak lekt gas geur \
    rook brand auto hond deur raam lift kapot koud vies verhuurder";

const ROMANIAN: &str = "si este sunt nu in la pe de din cu pentru prin fara intre sau dar ca care ce cine cand unde cum \
    un o al ale lui ei lor eu noi voi am ai are avem au fost fi mai foarte mult doar inca deja orice oricine toti toate \
    nimeni nimic zi zile noapte noaptea saptamana luna an ani va rog multumesc ajutor ajutati vecin vecinul vecinii bloc \
    blocul apartament casa strada apa calda caldura curent lumina zgomot gunoi gunoiul sobolani gandaci acoperis miros gaz \
    fum foc masina caine usa fereastra lift stricat defect frig murdar proprietarul drept dreptul persoana libertate articolul \
    trei doua nostru noastra acest aceasta";

const TAGALOG: &str = "ang ng mga sa na at ay ko mo ka niya namin natin nila kami tayo sila ako ikaw siya ito iyan iyon \
    dito diyan doon hindi wala walang may mayroon meron po opo para kung kapag pero dahil din rin lang naman pa ba kaya \
    gusto kailangan tulong tulungan salamat pakiusap bahay gusali apartment kalye tubig mainit kuryente ilaw ingay maingay \
    basura daga ipis bubong tumutulo amoy usok sunog kotse aso pinto bintana sira nasira malamig marumi kapitbahay araw gabi \
    linggo buwan taon tatlong dalawang isang tao karapatan batas lahat bawat";

const ALBANIAN: &str = "eshte jane nuk ne nje dhe te per me nga qe ka kemi kam ku kur si kush cfare por ose edhe shume \
    vetem gjithmone askush asgje dite dit nate nata jave muaj vit ju lutem faleminderit ndihme na duhet fqinj fqinji \
    fqinjet shtepi shtepia ndertesa ndertese apartament rruge rruga uje ujit ngrohte ngrohje drita zhurme plehra minj \
    gaz tym zjarr makine qen dere dritare ashensor prishur ftohte pronari tri dy tone jone kjo ky kete";

/// Chinese as it is typed where there is no keyboard for it; [`super::pinyin`] looks at the other words too.
const PINYIN: &str = "wo wode ni nin ta women nimen tamen de le bu mei meiyou you shi zai zhe na zheli nali zhege nage ge \
    hen tai dou ye jiu hai yao hui neng keyi gei ba bei rang cong dao he gen dui ma ne ba qing qingwen nihao ninhao xiexie \
    bangmang zenme zenmeyang shenme weishenme shei ji jia jiali xiaoqu lou louxia loushang lu lubian ludeng shui dian qi \
    nuanqi ranqi meiqi ting tingshui tingdian duan duanshui duandian huai huaile leng re bure chao hen chaonao zaoyin \
    shengyin laji wuye dianti louti menkou che tingche tongdao zhan shigong gongdi wanshang ban ye tian yitian santian \
    liang san yi ge yue nian xiwang jinkuai jiejue chuli tousu fanying weixiu xiu ren laoren haizi guan kai sui \
    loushui xiashui guandao wei chou wenti meiren ren guanli dahuo zhaohuo weixian lajitong mei re linju raomin yong";
